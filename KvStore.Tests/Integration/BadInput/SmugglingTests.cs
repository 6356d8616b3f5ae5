using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.BadInput;

/// <summary>Requests that a proxy in front may cut elsewhere than the service does: what one takes for a body must not be another's request.</summary>
public sealed class SmugglingTests(ServiceFactory service) : RefusedService(service)
{
    private const string Hidden = "PUT /kv/hidden HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";

    [Fact]
    public void With_both_a_length_and_chunks_nothing_is_read_behind_the_request()
    {
        using var connection = new RawConnection(Service.Address);
        connection.Send("DELETE /kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + Hidden);

        var answer = connection.Read();

        answer.Code.Should().Be("key-not-found");
        answer.Header("Connection").Should().Be("close");
        connection.Read().Status.Should().Be(0);
        StoreShouldBeUntouched();
    }

    [Theory]
    [InlineData("Transfer-Encoding: gzip, chunked")]
    [InlineData("Transfer-Encoding: chunked, chunked")]
    public void A_coding_that_the_server_does_not_undo_is_refused(string header)
    {
        var answer = Refuse($"PUT /kv/a HTTP/1.1\r\nHost: a\r\n{header}\r\n\r\n1\r\nx\r\n0\r\n\r\n");

        answer.Status.Should().Be(400);
        answer.Code.Should().Be("malformed-request");
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")]
    [InlineData("Transfer-Encoding:\u000bchunked")]
    [InlineData("Transfer-Encoding: xchunked")]
    [InlineData("Transfer-Encoding : chunked")]
    [InlineData(" Transfer-Encoding: chunked")]
    [InlineData("X: a\r\n Transfer-Encoding: chunked")]
    [InlineData("X: a\nTransfer-Encoding: chunked\n")]
    [InlineData("Content-Length: 1\r\nContent-Length: 1")]
    [InlineData("Content-Length: 1, 1")]
    [InlineData("Content-Length: 0x1")]
    [InlineData("Content-Length: 1\u00a0")]
    [InlineData("Content-Length : 1")]
    public void A_length_that_can_be_read_in_two_ways_ends_the_connection(string header)
    {
        using var connection = new RawConnection(Service.Address);
        connection.Send($"PUT /kv/a HTTP/1.1\r\nHost: a\r\n{header}\r\n\r\n0\r\n\r\n{Hidden}");

        connection.Read().Status.Should().Be(400);
        connection.Read().Status.Should().Be(0);
        StoreShouldBeUntouched();
    }

    [Theory]
    [InlineData("2;\n12\r\n0\r\n\r\n")]
    [InlineData("2;a=\"\nb\"\r\n12\r\n0\r\n\r\n")]
    [InlineData("2;\r12\r\n0\r\n\r\n")]
    [InlineData("0\r\nX: y\nZ\r\n\r\n")]
    [InlineData("2 \n12\r\n0\r\n\r\n")]
    public void A_line_end_hidden_in_a_chunks_head_or_in_a_trailer_ends_the_connection(string body)
    {
        using var connection = new RawConnection(Service.Address);
        connection.Send($"PUT /kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}{Hidden}");

        var answer = connection.Read();

        answer.Status.Should().Be(400);
        answer.Header("Connection").Should().Be("close");
        connection.Read().Status.Should().Be(0);
        StoreShouldBeUntouched();
    }

    [Fact]
    public void A_trailer_that_is_not_text_is_refused()
    {
        var answer = Refuse("PUT /kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: \u00ff\r\n\r\n");

        answer.Status.Should().Be(400);
        answer.Code.Should().Be("malformed-request");
    }

    [Fact]
    public void A_body_that_is_refused_unread_is_no_request()
    {
        using var connection = new RawConnection(Service.Address);
        connection.Send($"POST /set HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: {Hidden.Length}\r\n\r\n{Hidden}");
        connection.Send("GET /role HTTP/1.1\r\nHost: a\r\n\r\n");

        connection.Read().Status.Should().Be(415);
        connection.Read().Status.Should().Be(200);
        StoreShouldBeUntouched();
    }

    [Theory]
    [InlineData("GET /role HTTP/1.1\r\n\r\n")]
    [InlineData("GET /role HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET /role HTTP/1.1\r\nHost: a/b\r\n\r\n")]
    [InlineData("GET http://a/role HTTP/1.1\r\nHost: b\r\n\r\n")]
    [InlineData("GET /get/a\u0000b HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /get/a%00b HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /get/\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n")]
    public void A_host_or_target_that_http_does_not_allow_is_refused(string request)
    {
        Refuse(request).Status.Should().Be(400);
    }

    [Fact]
    public void A_path_in_the_query_of_a_target_without_a_path_leads_nowhere()
    {
        using var fresh = new ServiceFactory();
        RawConnection.Exchange(fresh.Address, Hidden).Status.Should().Be(201);

        var answer = RawConnection.Exchange(fresh.Address, "GET http://a?b=/get/hidden HTTP/1.1\r\nHost: a\r\n\r\n");

        answer.Code.Should().Be("not-found");
    }

    [Fact]
    public void An_offer_of_another_protocol_is_ignored()
    {
        var answer = Refuse(
            "GET /role HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");

        answer.Status.Should().Be(200);
        answer.Header("Upgrade").Should().BeNull();
    }

    [Fact]
    public void A_flood_of_chunk_extensions_is_read_without_being_kept()
    {
        using var connection = new RawConnection(Service.Address);
        connection.Send("PUT /kv/a?ttl=0 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        var chunk = $"1;{new string('x', 100_000)}\r\nv\r\n";
        for (var i = 0; i < 100; i++)
        {
            connection.Send(chunk);
        }

        connection.Send("0\r\n\r\n");

        connection.Read().Status.Should().Be(422);
        StoreShouldBeUntouched();
    }
}
