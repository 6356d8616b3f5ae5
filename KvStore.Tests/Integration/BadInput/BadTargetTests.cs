using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.BadInput;

public sealed class BadTargetTests(ServiceFactory service) : RefusedService(service)
{
    [Theory]
    [InlineData("/get/%")]
    [InlineData("/get/%2")]
    [InlineData("/get/%zz")]
    [InlineData("/get/a%ff")]
    [InlineData("/get/%c0%80")]
    [InlineData("/get/%ed%a0%80")]
    [InlineData("/get/%f4%90%80%80")]
    [InlineData("/kv/%e2%82")]
    [InlineData("/get?key=%ff")]
    [InlineData("/get?key=%4")]
    [InlineData("/search?prefix=%ff")]
    [InlineData("/search?suffix=%a9")]
    [InlineData("/count?prefix=%")]
    public void A_key_with_bad_escapes_or_bad_utf_8_is_malformed(string target)
    {
        var answer = Refuse($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");

        answer.Status.Should().Be(400);
        answer.Code.Should().Be("malformed-key");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public void A_key_over_the_limit_is_too_long(string method)
    {
        var answer = Refuse($"{method} /kv/{new string('k', 1_025)} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");

        answer.Status.Should().Be(400);
        answer.Code.Should().Be("key-too-long");
    }

    [Fact]
    public void A_target_over_the_limit_is_refused()
    {
        Refuse($"GET /search?prefix=a&suffix={new string('s', 17_000)} HTTP/1.1\r\nHost: a\r\n\r\n").Status.Should().Be(414);
    }

    [Fact]
    public void A_key_of_the_longest_length_fits_the_target_with_every_byte_escaped()
    {
        var key = string.Concat(Enumerable.Repeat("%61", 1_024));

        Refuse($"GET /get/{key} HTTP/1.1\r\nHost: a\r\n\r\n").Code.Should().Be("key-not-found");
    }

    [Theory]
    [InlineData("No-Colon")]
    [InlineData(": empty")]
    [InlineData("Content-Length: -1")]
    [InlineData("Content-Length: 1x")]
    [InlineData("Content-Length: 1\r\nContent-Length: 2")]
    public void A_broken_header_is_refused(string header)
    {
        Refuse($"PUT /kv/a HTTP/1.1\r\nHost: a\r\n{header}\r\n\r\n").Status.Should().Be(400);
    }

    [Fact]
    public void Headers_over_the_limits_are_refused()
    {
        Refuse($"GET /role HTTP/1.1\r\nHost: a\r\nX: {new string('x', 33_000)}\r\n\r\n").Status.Should().Be(431);
        var many = string.Concat(Enumerable.Range(0, 101).Select(i => $"X{i}: 1\r\n"));
        Refuse($"GET /role HTTP/1.1\r\nHost: a\r\n{many}\r\n").Status.Should().Be(431);
    }

    [Theory]
    [InlineData("GET /get/a%0d%0aSet-Cookie:%20x HTTP/1.1")]
    [InlineData("GET /search?prefix=a%0d%0aSet-Cookie:%20x&limit=1 HTTP/1.1")]
    [InlineData("DELETE /kv/a%0d%0aSet-Cookie:%20x HTTP/1.1")]
    public void Line_ends_in_a_key_reach_no_header(string request)
    {
        var answer = Refuse($"{request}\r\nHost: a\r\n\r\n");

        answer.Header("Set-Cookie").Should().BeNull();
        answer.Head.Should().NotContain("Set-Cookie");
    }

    [Theory]
    [InlineData("BREW /kv/a")]
    [InlineData("get /kv/a")]
    [InlineData("head /kv/")]
    [InlineData("Put /kv/a")]
    [InlineData("dElete /kv/a")]
    [InlineData("PATCH /kv/a")]
    [InlineData("POST /kv/a")]
    [InlineData("PUT /set")]
    [InlineData("DELETE /search")]
    [InlineData("POST /count")]
    [InlineData("OPTIONS /kv/a")]
    [InlineData("TRACE /health")]
    [InlineData("PUT /kv/")]
    public void A_method_that_a_path_does_not_take_is_named_with_those_it_does(string request)
    {
        var answer = Refuse($"{request} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");

        answer.Status.Should().Be(405);
        answer.Code.Should().Be("method-not-allowed");
        answer.Header("Allow").Should().NotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("GET http://a/get/x HTTP/1.1", 404, "key-not-found")]
    [InlineData("GET http://a/nothing HTTP/1.1", 404, "not-found")]
    [InlineData("GET /x/../get/a HTTP/1.1", 404, "not-found")]
    [InlineData("GET http://a?/get/a HTTP/1.1", 404, "not-found")]
    [InlineData("GET //get/a HTTP/1.1", 404, "not-found")]
    [InlineData("GET /get HTTP/1.1", 422, "invalid-request")]
    [InlineData("GET /get/ HTTP/1.1", 422, "invalid-request")]
    [InlineData("GET /search?prefx=a HTTP/1.1", 422, "invalid-request")]
    [InlineData("GET /search?prefix=a&limit=0 HTTP/1.1", 422, "invalid-request")]
    [InlineData("GET /search?prefix=a&limit=x HTTP/1.1", 422, "invalid-request")]
    [InlineData("GET /search?prefix=a&prefix=b HTTP/1.1", 422, "invalid-request")]
    [InlineData("GET /search?prefix=a&values=maybe HTTP/1.1", 422, "invalid-request")]
    public void Other_targets_get_the_contracts_error(string request, int status, string code)
    {
        var answer = Refuse($"{request}\r\nHost: a\r\n\r\n");

        answer.Status.Should().Be(status);
        answer.Code.Should().Be(code);
    }

    [Theory]
    [InlineData("OPTIONS * HTTP/1.1")]
    [InlineData("GET * HTTP/1.1")]
    [InlineData("GET get/a HTTP/1.1")]
    [InlineData("CONNECT a:80 HTTP/1.1")]
    [InlineData("GET /get/a")]
    [InlineData("\u0016\u0003\u0001 nonsense")]
    [InlineData("GET  /get/a HTTP/1.1")]
    public void Targets_and_lines_that_make_no_sense_are_refused(string line)
    {
        Refuse($"{line}\r\nHost: a\r\n\r\n").Status.Should().BeInRange(400, 499);
    }

    [Theory]
    [InlineData("PUT /kv/a?ttl=soon", "", 422)]
    [InlineData("PUT /kv/a?ttl=0", "", 422)]
    [InlineData("PUT /kv/a?tll=5", "", 422)]
    [InlineData("PUT /kv/a?ttl=1&ttl=2", "", 422)]
    [InlineData("PUT /kv/a", "If-Match: 7\r\n", 400)]
    [InlineData("PUT /kv/a", "If-Match: \r\n", 400)]
    [InlineData("PUT /kv/a", "If-None-Match: \r\n", 400)]
    [InlineData("DELETE /kv/a", "If-Match: \r\n", 400)]
    [InlineData("POST /set?ttl=60", "Content-Type: application/x-www-form-urlencoded\r\n", 422)]
    [InlineData("POST /set", "Content-Type: application/x-www-form-urlencoded\r\nIf-None-Match: *\r\n", 400)]
    [InlineData("POST /set", "Content-Type: application/x-www-form-urlencoded\r\nIf-Match: \"7\"\r\n", 400)]
    [InlineData("PUT /kv/a", "Content-Type: */*\r\n", 415)]
    [InlineData("PUT /kv/a", "Content-Type: text/*\r\n", 415)]
    [InlineData("PUT /kv/a", "If-Match: \"x\r\n", 400)]
    [InlineData("PUT /kv/a", "If-Match: *\r\nIf-None-Match: *\r\n", 400)]
    [InlineData("PUT /kv/a", "If-Match: \"7\"\r\n", 412)]
    [InlineData("DELETE /kv/a", "If-Match: \"7\"\r\n", 412)]
    [InlineData("PUT /kv/a", "Content-Type: nonsense\r\n", 415)]
    public void A_write_with_a_bad_ttl_condition_or_type_is_refused(string request, string headers, int status)
    {
        var answer = Refuse($"{request} HTTP/1.1\r\nHost: a\r\n{headers}Content-Length: 1\r\n\r\nx");

        answer.Status.Should().Be(status);
        answer.Code.Should().NotBeNull();
    }
}
