using KvStore.Grpc.BigTableLite;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;
using KvStore.Tests.Support.Http2;

namespace KvStore.Tests.Integration.Grpc;

/// <summary>Connections that are cut, slow, tiny, many, or of another protocol.</summary>
public sealed class ConnectionTests(ServiceFactory service) : IClassFixture<ServiceFactory>
{
    [Fact]
    public void Http_1_on_the_grpc_port_is_told_so()
    {
        var answer = RawConnection.Exchange(service.GrpcAddress, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");

        answer.Status.Should().Be(400);
    }

    [Fact]
    public void Http_2_on_the_http_port_is_refused()
    {
        const uint Http11Required = 13;
        using var connection = new Http2Connection(service.Address);
        connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Get), isEnd: true);

        (connection.ReadToEnd() is null or Http11Required).Should().BeTrue();
    }

    [Fact]
    public void What_is_no_http_at_all_ends_the_connection()
    {
        using var connection = new RawConnection(service.GrpcAddress);
        connection.Send(new string('\u0007', 1_000));

        connection.ReadToEnd(TimeSpan.FromSeconds(30)).Should().NotContain("200");
        AnswersShouldGoOn();
    }

    [Fact]
    public void A_ping_is_answered_also_in_the_middle_of_a_request()
    {
        using var connection = new Http2Connection(service.GrpcAddress);
        connection.Ping().Should().BeTrue();

        var stream = connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Get));
        var message = GrpcCalls.GetOf("a");
        connection.SendData(stream, message[..3], isEnd: false);
        connection.Ping().Should().BeTrue();
        connection.SendData(stream, message[3..]);

        connection.Read(stream).Status.Should().Be(0);
    }

    [Fact]
    public void A_message_that_comes_byte_by_byte_is_read()
    {
        using var connection = new Http2Connection(service.GrpcAddress);
        var stream = connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Set));
        var message = GrpcCalls.SetOf("byte by byte", "v");

        foreach (var b in message)
        {
            connection.SendData(stream, [b], isEnd: false);
            connection.SendData(stream, [], isEnd: false);
        }

        connection.Send(FrameType.Data, Http2Frame.EndStream, stream, []);
        connection.Read(stream).Status.Should().Be(0);
    }

    [Fact]
    public void Requests_that_are_taken_back_hold_nothing_up()
    {
        using var connection = new Http2Connection(service.GrpcAddress);
        for (var i = 0; i < 50; i++)
        {
            var stream = connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Set));
            connection.SendData(stream, GrpcCalls.SetOf("taken back", "v")[..(i % 8)], isEnd: false);
            connection.Reset(stream);
        }

        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Get), GrpcCalls.GetOf("taken back")).Read<GetResponse>().Found.Should().BeFalse();
    }

    [Fact]
    public void Connections_that_are_cut_in_the_middle_of_a_message_hold_nothing_up()
    {
        for (var i = 0; i < 50; i++)
        {
            using var connection = new Http2Connection(service.GrpcAddress);
            connection.SendData(connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Set)), GrpcCalls.SetOf("cut", "v")[..(i % 8)], isEnd: false);
        }

        AnswersShouldGoOn();
    }

    [Fact]
    public void An_answer_is_sent_byte_by_byte_where_the_client_takes_no_more()
    {
        const int Length = 300;
        using var writer = new Http2Connection(service.GrpcAddress);
        writer.Call(GrpcCalls.HeadersOf(GrpcCalls.Set), GrpcCalls.SetOf("tiny window", new string('v', Length))).Status.Should().Be(0);
        using var connection = new Http2Connection(service.GrpcAddress, (Http2Connection.InitialWindowSize, 1)) { GivesWindow = false };
        var stream = connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Get));
        connection.SendData(stream, GrpcCalls.GetOf("tiny window"));

        for (var taken = 1; taken < Length; taken++)
        {
            var room = taken;
            connection.ReadUntil(stream, answer => answer.Data.Count >= room).Data.Count.Should().Be(taken);
            connection.GiveWindow(stream, 1);
        }

        connection.GiveWindow(stream, 1_000);
        connection.Read(stream).Read<GetResponse>().Value.Length.Should().Be(Length);
    }

    [Fact]
    public void A_thousand_calls_are_in_progress_on_one_connection()
    {
        const int Calls = 1_000;
        using var connection = new Http2Connection(service.GrpcAddress);
        var streams = Enumerable.Range(0, Calls).Select(_ => connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Get))).ToList();
        connection.Ping().Should().BeTrue();

        foreach (var stream in streams)
        {
            connection.SendData(stream, GrpcCalls.GetOf("none"));
        }

        streams.Select(stream => connection.Read(stream).Status).Should().AllBeEquivalentTo(0);
    }

    [Fact]
    public void Calls_beyond_what_is_allowed_are_refused_and_those_before_served()
    {
        const int Calls = 1_010;
        const uint RefusedStream = 7;
        using var connection = new Http2Connection(service.GrpcAddress);
        var streams = Enumerable.Range(0, Calls).Select(_ => connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Get))).ToList();

        connection.Read(streams[^1]).Reset.Should().Be(RefusedStream);
        connection.SendData(streams[0], GrpcCalls.GetOf("none"));
        connection.Read(streams[0]).Status.Should().Be(0);
    }

    [Fact]
    public void Requests_taken_back_as_fast_as_they_are_made_end_the_connection_or_cost_no_more_than_calls()
    {
        // CVE-2023-44487.
        using (var connection = new Http2Connection(service.GrpcAddress))
        {
            for (var i = 0; i < 20_000; i++)
            {
                connection.Reset(connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Get)));
            }

            if (!connection.Ping())
            {
                // What it says about it may be lost with what it has not read.
                (connection.ReadToEnd() is null or Http2Connection.EnhanceYourCalm).Should().BeTrue();
            }
        }

        AnswersShouldGoOn();
    }

    [Fact]
    public void Many_connections_are_served_at_once()
    {
        var connections = Enumerable.Range(0, 300).Select(_ => new Http2Connection(service.GrpcAddress)).ToList();
        try
        {
            var calls = connections.ConvertAll(connection => (Connection: connection, Stream: connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Get))));
            calls.ForEach(call => call.Connection.SendData(call.Stream, GrpcCalls.GetOf("none")));

            calls.Select(call => call.Connection.Read(call.Stream).Status).Should().AllBeEquivalentTo((int)StatusCode.Ok);
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }

    private void AnswersShouldGoOn()
    {
        using var connection = new Http2Connection(service.GrpcAddress);
        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Get), GrpcCalls.GetOf("none")).Status.Should().Be(0);
    }
}
