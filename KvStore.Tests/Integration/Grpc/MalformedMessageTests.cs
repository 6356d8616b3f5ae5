using System.Text;
using KvStore.Grpc.BigTableLite;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;
using KvStore.Tests.Support.Http2;

namespace KvStore.Tests.Integration.Grpc;

/// <summary>Messages that break the protocol: each call ends with a status that says so, and the connection serves the next.</summary>
public sealed class MalformedMessageTests(ServiceFactory service) : IClassFixture<ServiceFactory>
{
    private const byte Compressed = 1;
    private static readonly (string, string?) Gzip = ("grpc-encoding", "gzip");

    [Fact]
    public void A_message_in_order_is_answered()
    {
        using var connection = new Http2Connection(service.GrpcAddress);

        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Set), GrpcCalls.SetOf("in order", "é")).Read<SetResponse>().Success.Should().BeTrue();
        var answer = connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Get), GrpcCalls.GetOf("in order"));

        answer.HttpStatus.Should().Be(200);
        answer.Headers["content-type"].Should().Be("application/grpc");
        answer.Read<GetResponse>().Value.Should().Be("é");
        answer.Trailers.Should().Contain("grpc-status", "0");
        answer.Reset.Should().BeNull();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(128)]
    [InlineData(255)]
    public void A_first_byte_that_is_neither_0_nor_1_is_internal(byte flag)
    {
        Refuse(GrpcCalls.Framed(Message("a"), flag), StatusCode.Internal);
        Refuse(GrpcCalls.Framed(Message("a"), flag), StatusCode.Internal, Gzip);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("identity")]
    public void A_compressed_message_that_nothing_says_how_is_internal(string? encoding)
    {
        Refuse(GrpcCalls.Framed(GrpcCalls.Gzipped(Message("a")), Compressed), StatusCode.Internal, ("grpc-encoding", encoding));
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip, gzip")]
    [InlineData("")]
    public void An_encoding_that_is_not_known_is_unimplemented_and_told_which_are(string encoding)
    {
        var answer = Refuse(GrpcCalls.GetOf("a"), StatusCode.Unimplemented, ("grpc-encoding", encoding));

        answer.Headers["grpc-accept-encoding"].Should().Be("identity,gzip");
    }

    [Fact]
    public void A_message_that_is_not_compressed_may_come_where_some_are()
    {
        using var connection = new Http2Connection(service.GrpcAddress);

        var answer = connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Get, Gzip), GrpcCalls.GetOf("none"));

        answer.Status.Should().Be(0);
    }

    [Fact]
    public void Compressed_messages_are_read_and_long_answers_to_them_compressed()
    {
        var value = new string('v', 100_000);
        using var connection = new Http2Connection(service.GrpcAddress);
        var message = GrpcCalls.SetOf("long", value)[5..];

        var set = connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Set, Gzip), GrpcCalls.Framed(GrpcCalls.Gzipped(message), Compressed));
        var get = connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Get, Gzip), GrpcCalls.Framed(GrpcCalls.Gzipped(Message("long")), Compressed));

        set.Status.Should().Be(0);
        get.Headers["grpc-encoding"].Should().Be("gzip");
        get.Messages.Single().Flag.Should().Be(Compressed);
        GetResponse.Parser.ParseFrom(GrpcCalls.Gunzipped(get.Messages.Single().Bytes)).Value.Should().Be(value);
    }

    [Fact]
    public void An_answer_is_not_compressed_for_who_does_not_accept_it()
    {
        using var connection = new Http2Connection(service.GrpcAddress);
        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Set), GrpcCalls.SetOf("plain", new string('v', 1_000)));

        var answer = connection.Call(
            GrpcCalls.HeadersOf(GrpcCalls.Get, Gzip, ("grpc-accept-encoding", "identity")),
            GrpcCalls.Framed(GrpcCalls.Gzipped(Message("plain")), Compressed));

        answer.Headers.Should().NotContainKey("grpc-encoding");
        answer.Messages.Single().Flag.Should().Be(0);
    }

    [Fact]
    public void Gzip_that_is_none_damaged_or_cut_short_is_internal()
    {
        var whole = GrpcCalls.Gzipped(Message(new string('a', 500)));
        byte[] damaged = [.. whole];
        damaged[^6] ^= 0x55;

        Refuse(GrpcCalls.Framed("not gzip"u8.ToArray(), Compressed), StatusCode.Internal, Gzip);
        Refuse(GrpcCalls.Framed(damaged, Compressed), StatusCode.Internal, Gzip);
        for (var length = 0; length < whole.Length; length++)
        {
            Refuse(GrpcCalls.Framed(whole[..length], Compressed), StatusCode.Internal, Gzip);
        }
    }

    [Fact]
    public void A_message_that_says_it_is_too_long_is_refused_before_it_comes()
    {
        using var connection = new Http2Connection(service.GrpcAddress);
        foreach (var length in new uint[] { 8_388_609, int.MaxValue, 0x8000_0000, uint.MaxValue })
        {
            var stream = connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Set));
            connection.SendData(stream, GrpcCalls.Framed([], length: length), isEnd: false);

            connection.Read(stream).Status.Should().Be((int)StatusCode.ResourceExhausted);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(8_000_000)]
    public void A_length_that_is_not_the_data_s_is_internal(int difference)
    {
        var message = Message("some key");

        Refuse(GrpcCalls.Framed(message, length: (uint)(message.Length + difference)), StatusCode.Internal, path: GrpcCalls.Set);
    }

    [Fact]
    public void No_message_and_part_of_what_comes_before_one_are_internal()
    {
        for (var length = 0; length < 5; length++)
        {
            Refuse(new byte[length], StatusCode.Internal);
        }
    }

    [Fact]
    public void Headers_that_end_the_request_are_no_message()
    {
        using var connection = new Http2Connection(service.GrpcAddress);

        connection.Read(connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Get), isEnd: true)).Status.Should().Be((int)StatusCode.Internal);
    }

    [Fact]
    public void Two_messages_where_there_should_be_one_are_internal_and_neither_is_carried_out()
    {
        Refuse([.. GrpcCalls.SetOf("twice", "1"), .. GrpcCalls.SetOf("twice", "2")], StatusCode.Internal, path: GrpcCalls.Set);

        using var connection = new Http2Connection(service.GrpcAddress);
        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Get), GrpcCalls.GetOf("twice")).Read<GetResponse>().Found.Should().BeFalse();
    }

    [Theory]
    [InlineData("0A")]
    [InlineData("0AFFFFFFFF0F")]
    [InlineData("0A0561")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("0F")]
    [InlineData("0A01610E")]
    [InlineData("00")]
    public void What_is_not_protobuf_is_internal(string hex)
    {
        Refuse(GrpcCalls.Framed(Convert.FromHexString(hex)), StatusCode.Internal);
    }

    [Fact]
    public void Random_bytes_never_do_more_than_fail()
    {
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            var bytes = new byte[random.Next(0, 200)];
            random.NextBytes(bytes);
            using var connection = new Http2Connection(service.GrpcAddress);
            connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Get), i % 2 == 0 ? bytes : GrpcCalls.Framed(bytes))
                .Status.Should().BeOneOf((int)StatusCode.Ok, (int)StatusCode.Internal, (int)StatusCode.ResourceExhausted, (int)StatusCode.InvalidArgument);
        }
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused_and_stored_as_nothing_else()
    {
        byte[] key = [.. "k"u8, 0xFF];
        byte[] badKey = [0x0A, (byte)key.Length, .. key, 0x12, 1, (byte)'v'];
        byte[] badValue = [0x0A, 1, (byte)'k', 0x12, 2, 0xC3, 0x28];

        Refuse(GrpcCalls.Framed(badKey), StatusCode.InvalidArgument, path: GrpcCalls.Set);
        Refuse(GrpcCalls.Framed(badValue), StatusCode.InvalidArgument, path: GrpcCalls.Set);

        using var connection = new Http2Connection(service.GrpcAddress);
        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Get), GrpcCalls.GetOf("k\uFFFD")).Read<GetResponse>().Found.Should().BeFalse();
        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Get), GrpcCalls.GetOf("k")).Read<GetResponse>().Found.Should().BeFalse();
    }

    [Fact]
    public void Fields_that_are_not_known_are_no_fault()
    {
        byte[] message = [.. Message("k"), .. new byte[] { 0xA2, 0x06, 2, 0xFF, 0xFE }, .. new byte[] { 0xA8, 0x06, 1 }];
        using var connection = new Http2Connection(service.GrpcAddress);

        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Get), GrpcCalls.Framed(message)).Status.Should().Be(0);
    }

    private static byte[] Message(string key) => GrpcCalls.GetOf(key)[5..];

    /// <summary>Sends data that is refused, and checks that the same connection then serves a call in order.</summary>
    private Http2Answer Refuse(byte[] data, StatusCode code, params (string, string?)[] headers) => Refuse(data, code, GrpcCalls.Get, headers);

    private Http2Answer Refuse(byte[] data, StatusCode code, string path, params (string, string?)[] headers)
    {
        using var connection = new Http2Connection(service.GrpcAddress);
        var answer = connection.Call(GrpcCalls.HeadersOf(path, headers), data);
        answer.HttpStatus.Should().Be(200);
        answer.Status.Should().Be((int)code, "of {0}", Encoding.Latin1.GetString(data.AsSpan(0, Math.Min(data.Length, 40))));
        answer.Message.Should().NotBeNullOrEmpty();
        answer.Data.Should().BeEmpty();
        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Get), GrpcCalls.GetOf("none")).Status.Should().Be(0);
        return answer;
    }
}
