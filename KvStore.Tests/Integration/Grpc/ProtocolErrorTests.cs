using Google.Protobuf;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Grpc;

/// <summary>What breaks the protocol is told with a status, and with the code that REST has for the like.</summary>
public sealed class ProtocolErrorTests : IDisposable
{
    private const string Set = "/kvstore.KeyValueStore/Set";

    private readonly ServiceFactory _service = new();
    private readonly RawGrpc _raw;

    public ProtocolErrorTests() => _raw = new RawGrpc(_service.GrpcAddress);

    private static byte[] GoodSet => RawGrpc.Frame(new SetRequest { Key = "a", Value = "v" }.ToByteArray());

    public void Dispose()
    {
        _raw.Dispose();
        _service.Dispose();
    }

    public static TheoryData<byte[]> StringsThatAreNotUtf8 =>
    [
        // A key, a value, both, a content type; at the end of the message and before others.
        [0x0A, 1, 0xFF, 0x12, 1, (byte)'v'],
        [0x0A, 1, (byte)'a', 0x12, 1, 0xC3],
        [0x0A, 2, 0xC3, 0x28, 0x12, 3, 0xED, 0xA0, 0x80],
        [0x0A, 1, (byte)'a', 0x5A, 2, 0xC0, 0x80],

        // A character that two fields share.
        [0x0A, 1, 0xC3, 0x0A, 1, 0xBC],
    ];

    [Theory]
    [MemberData(nameof(StringsThatAreNotUtf8))]
    public async Task A_string_that_is_not_utf8_is_refused_and_nothing_is_stored(byte[] message)
    {
        (await _raw.SendAsync(Set, RawGrpc.Frame(message))).Should().Be((200, StatusCode.InvalidArgument, "malformed-request"));

        using var client = new GrpcClient(_service.GrpcAddress);
        (await client.Store.CountAsync(new CountRequest())).Count.Should().Be(0);
    }

    [Fact]
    public async Task So_is_one_in_an_operation_of_a_batch()
    {
        byte[] message = [0x0A, 8, 0x12, 6, 0x0A, 1, 0xFF, 0x12, 1, (byte)'v'];

        (await _raw.SendAsync("/kvstore.KeyValueStore/Batch", RawGrpc.Frame(message)))
            .Should().Be((200, StatusCode.InvalidArgument, "malformed-request"));
    }

    [Fact]
    public async Task Bytes_and_unknown_fields_may_be_anything()
    {
        byte[] message = [0x0A, 1, (byte)'a', 0x52, 1, 0xFF, 0x9A, 0x06, 1, 0xFF];

        (await _raw.SendAsync(Set, RawGrpc.Frame(message))).Status.Should().Be(StatusCode.Ok);
    }

    [Fact]
    public async Task A_method_that_is_not_there_is_unimplemented()
    {
        foreach (var path in new[] { "/kvstore.KeyValueStore/Nope", "/nope.Service/Get", "/", "/get/a", "/kvstore.KeyValueStore/Set/" })
        {
            (await _raw.SendAsync(path, GoodSet)).Should().Be((200, StatusCode.Unimplemented, "not-found"), path);
        }
    }

    [Theory]
    [InlineData("te: ", StatusCode.Internal, "malformed-request")]
    [InlineData("grpc-timeout: soon", StatusCode.Internal, "malformed-request")]
    [InlineData("grpc-encoding: br", StatusCode.Unimplemented, "unsupported-media-type")]
    [InlineData("grpc-timeout: 0n", StatusCode.DeadlineExceeded, "request-timeout")]
    public async Task A_header_of_the_protocol_that_is_wrong_is_told(string header, StatusCode status, string code)
    {
        var path = status == StatusCode.DeadlineExceeded ? "/kvstore.KeyValueStore/Subscribe" : Set;
        var body = RawGrpc.Frame(new SubscribeRequest { KeyPattern = "a" }.ToByteArray());

        (await _raw.SendAsync(path, body, header)).Should().Be((200, status, code));
    }

    public static TheoryData<byte[], StatusCode, string> WrongBodies => new()
    {
        { [], StatusCode.Internal, "malformed-request" },
        { [0, 0, 0], StatusCode.Internal, "malformed-request" },
        { [0, 0, 0, 0, 9, 1], StatusCode.Internal, "malformed-request" },
        { [1, 0, 0, 0, 0], StatusCode.Internal, "malformed-request" },
        { [7, 0, 0, 0, 0], StatusCode.Internal, "malformed-request" },
        { [0, 0xFF, 0xFF, 0xFF, 0xFF], StatusCode.ResourceExhausted, "request-too-large" },
        { [.. GoodSet, .. GoodSet], StatusCode.Internal, "malformed-request" },
        { RawGrpc.Frame(0x0A, 9, (byte)'a'), StatusCode.Internal, "malformed-request" },
    };

    [Theory]
    [MemberData(nameof(WrongBodies))]
    public async Task A_body_that_is_no_message_is_told(byte[] body, StatusCode status, string code)
    {
        (await _raw.SendAsync(Set, body)).Should().Be((200, status, code));
    }

    [Fact]
    public async Task A_batch_as_long_as_may_be_is_taken()
    {
        // Its frame takes five bytes more, which belong to no message.
        const int Limit = 8_388_608;
        var request = new BatchRequest();
        while (request.CalculateSize() < Limit - 1_000_100)
        {
            request.Operations.Add(new BatchOperation { Set = new SetRequest { Key = "a", Value = new string('v', 1_000_000) } });
        }

        request.Operations.Add(new BatchOperation { Set = new SetRequest { Key = "a", Value = new string('v', Limit - request.CalculateSize() - 20) } });
        request.Operations[^1].Set.Value += new string('v', Limit - request.CalculateSize());
        request.CalculateSize().Should().Be(Limit);

        (await _raw.SendAsync("/kvstore.KeyValueStore/Batch", RawGrpc.Frame(request.ToByteArray()))).Status.Should().Be(StatusCode.Ok);
    }

    [Fact]
    public async Task What_is_not_grpc_has_its_http_status()
    {
        (await _raw.SendAsync(Set, GoodSet, "content-type: application/json")).Http.Should().Be(415);
        (await _raw.SendAsync(Set, GoodSet, "content-type: application/grpc+json")).Http.Should().Be(415);
    }

    [Fact]
    public void The_http_port_does_not_take_grpc_and_the_grpc_port_no_http_of_old()
    {
        RawConnection.Exchange(_service.Address, $"POST {Set} HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n")
            .Status.Should().Be(404);
        RawConnection.Exchange(_service.GrpcAddress, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n").Status.Should().NotBe(200);
    }
}
