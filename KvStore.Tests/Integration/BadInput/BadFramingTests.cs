using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.BadInput;

public sealed class BadFramingTests(ServiceFactory service) : RefusedService(service)
{
    private const string ChunkedPut = "PUT /kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    [Theory]
    [InlineData("x\r\nabc\r\n0\r\n\r\n")]
    [InlineData("-1\r\nabc\r\n0\r\n\r\n")]
    [InlineData("ffffffffffffffff\r\nabc")]
    [InlineData("3\r\nabcd\r\n0\r\n\r\n")]
    [InlineData("3\nabc\n0\n\n")]
    [InlineData("\r\n\r\n")]
    public void A_broken_chunk_is_refused(string body)
    {
        var answer = Refuse(ChunkedPut + body);

        answer.Status.Should().BeInRange(400, 499);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n")]
    [InlineData("Transfer-Encoding: gzip\r\n")]
    [InlineData("Transfer-Encoding: chunked, gzip\r\n")]
    public void A_transfer_coding_that_hides_the_length_is_refused(string headers)
    {
        Refuse($"PUT /kv/a HTTP/1.1\r\nHost: a\r\n{headers}\r\nhello").Status.Should().BeInRange(400, 499);
    }

    [Theory]
    [InlineData("PUT /kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhel")]
    [InlineData(ChunkedPut + "5\r\nhel")]
    [InlineData(ChunkedPut + "5\r\nhello\r\n")]
    [InlineData("POST /set HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"key\":\"a\",\"value\":\"b\"}")]
    [InlineData("PUT /kv/a HTTP/1.1\r\nHost:")]
    public void A_request_that_ends_early_writes_nothing(string request)
    {
        using var connection = new RawConnection(Service.Address);
        connection.Send(request);
        connection.EndSending();

        connection.Read().Status.Should().BeOneOf(0, 400);
        StoreShouldBeUntouched();
    }

    [Fact]
    public void A_client_that_hangs_up_in_the_middle_of_a_body_writes_nothing()
    {
        for (var i = 0; i < 50; i++)
        {
            using var connection = new RawConnection(Service.Address);
            connection.Send("PUT /kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nsome of it");
        }

        StoreShouldBeUntouched();
    }

    [Fact]
    public void Garbage_after_a_good_request_is_refused_and_ends_the_connection()
    {
        using var connection = new RawConnection(Service.Address);
        connection.Send("GET /health HTTP/1.1\r\nHost: a\r\n\r\nGARBAGE\r\n\r\n");

        connection.Read().Status.Should().Be(200);
        connection.Read().Status.Should().Be(400);
        connection.Read().Status.Should().Be(0);
    }

    [Fact]
    public void What_follows_a_body_is_a_request_of_its_own()
    {
        using var connection = new RawConnection(Service.Address);
        connection.Send("POST /set HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}GET /health HTTP/1.1\r\nHost: a\r\n\r\n");

        connection.Read().Status.Should().Be(422);
        connection.Read().Status.Should().Be(200);
    }

    [Fact]
    public void Chunk_extensions_and_tiny_chunks_are_read_as_one_body()
    {
        using var fresh = new ServiceFactory();
        using var connection = new RawConnection(fresh.Address);
        connection.Send(ChunkedPut);
        for (var i = 0; i < 1_000; i++)
        {
            connection.Send("1;x=y\r\nv\r\n");
        }

        connection.Send("0\r\n\r\n");

        connection.Read().Status.Should().Be(201);
        RawConnection.Exchange(fresh.Address, "GET /get/a HTTP/1.1\r\nHost: a\r\n\r\n").Body.Should().Be(new string('v', 1_000));
    }
}
