using System.Text.RegularExpressions;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.BadInput;

/// <summary>Sends the service good requests with random damage. The seed is fixed, so that a failure comes again.</summary>
public sealed partial class FuzzTests(ServiceFactory service) : IClassFixture<ServiceFactory>
{
    private const int Rounds = 4_000;
    private const int Seed = 20_261_121;

    private static readonly string[] Good =
    [
        "GET /get/a%2Fb HTTP/1.1\r\nHost: a\r\nAccept: application/json;q=0.5, */*;q=0.1\r\nIf-None-Match: W/\"7\", \"8-json\"\r\n\r\n",
        "GET /get?key=%F0%9F%94%91+%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        "HEAD http://a/kv/a HTTP/1.1\r\nHost: a\r\n\r\n",
        "PUT /kv/a?ttl=1000.5 HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain; charset=utf-8\r\nIf-Match: \"1\", *\r\nContent-Length: 5\r\n\r\nvalue",
        "PUT /kv/b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nvalue\r\n2\r\n12\r\n0\r\nTrailer: z\r\n\r\n",
        "POST /set HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 71\r\n\r\n{\"key\":\"a\\u00e9\",\"value\":{\"b\":[1.5e3,null]},\"ttl\":9.5,\"ifRevision\":10}\n",
        "POST /set HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 31\r\n\r\nkey=a%20b&value=c+d&ttl=1000.25",
        "DELETE /kv/a HTTP/1.1\r\nHost: a\r\nIf-Match: \"3\"\r\n\r\n",
        "GET /search?prefix=a&suffix=%62&limit=10&after=a&values=true HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /kv/?values=true HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\nGET /count?prefix=a HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: application/openmetrics-text; version=1.0.0\r\n\r\n",
        "GET /ready HTTP/1.0\r\n\r\n",
    ];

    // The service waits for the rest of a request that has been cut. To say at once that none will come would also end good ones,
    // as it is taken for a client that has gone.
    private static readonly TimeSpan WaitingForMore = TimeSpan.FromMilliseconds(5);

    // What parsers stumble over.
    private static readonly string[] Tokens =
    [
        "\r\n", "\n", "\r", "\0", " ", "\t", "%", "%00", "%ff", "%2", "/", "//", "/../", "?", "&", "=", "#", "*", ":", ",", ";", "\"", "\\", "\\u0000", "\\ud800",
        "{", "}", "[[[[", "null", "-1", "1e999", "99999999999999999999", "\u00ff\u00fe", "\u00c3", "W/", "q=", "chunked", "Content-Length: 3\r\n", "Host: b\r\n",
    ];

    [Fact]
    public void Damaged_requests_are_answered_or_cut_off_and_never_fail_the_service()
    {
        var random = new Random(Seed);
        for (var round = 0; round < Rounds; round++)
        {
            var request = Damage(Good[random.Next(Good.Length)], random);
            using var connection = Send(service, request);

            Statuses(connection, WaitingForMore).Should().NotContain("500", "round {0} sent {1}", round, request);
        }

        using var metrics = Send(service, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
        metrics.ReadToEnd(Timeout.InfiniteTimeSpan)
            .Should().Contain("code=\"400\"").And.NotContain("code=\"500\"", "some answers may not have been read");
    }

    [Fact]
    public void Undamaged_the_same_requests_are_good()
    {
        using var fresh = new ServiceFactory();
        foreach (var request in Good)
        {
            using var connection = Send(fresh, request);

            Statuses(connection, Timeout.InfiniteTimeSpan).Should().NotBeEmpty().And.BeSubsetOf(["200", "201", "404", "412"], request);
        }
    }

    /// <summary>Sends a request, and behind it a last one that ends the connection.</summary>
    private static RawConnection Send(ServiceFactory service, string request)
    {
        var connection = new RawConnection(service.Address);
        connection.Send(request + "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        return connection;
    }

    private static IEnumerable<string> Statuses(RawConnection connection, TimeSpan silence) =>
        [.. StatusLine().Matches(connection.ReadToEnd(silence)).Select(match => match.Groups["status"].Value)];

    private static string Damage(string request, Random random)
    {
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            var start = random.Next(request.Length);
            var end = Math.Min(request.Length, start + random.Next(1, 9));
            request = random.Next(7) switch
            {
                0 => request[..start] + (char)random.Next(256) + request[(start + 1)..],
                1 => request[..start] + request[end..],
                2 => request[..end] + request[start..],
                3 or 4 => request[..start] + Tokens[random.Next(Tokens.Length)] + request[start..],
                5 => request[..start] + new string(request[start], random.Next(1, 2_000)) + request[start..],
                _ => request[..(start + 1)] + Good[random.Next(Good.Length)] + request[start..],
            };
        }

        return request;
    }

    [GeneratedRegex(@"HTTP/1\.1 (?<status>\d{3}) ", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex StatusLine();
}
