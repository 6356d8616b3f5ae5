using System.Text;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.BadInput;

public sealed class BadBodyTests(ServiceFactory service) : RefusedService(service)
{
    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\"")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\"}}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\"} x")]
    [InlineData("{\"key\":\"a\" \"value\":\"b\"}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",}")]
    [InlineData("{'key':'a','value':'b'}")]
    [InlineData("{\"key\":\"a\",\"value\":tru}")]
    [InlineData("{\"key\":\"a\",\"value\":01}")]
    [InlineData("{\"key\":\"a\",\"value\":\"\\x\"}")]
    [InlineData("{\"key\":\"a\",\"value\":\"line\nbreak\"}")]
    [InlineData("// comment\n{\"key\":\"a\",\"value\":\"b\"}")]
    public void Json_that_is_none_is_malformed(string body)
    {
        var answer = Refuse(Post(body));

        answer.Status.Should().Be(400);
        answer.Code.Should().Be("malformed-json");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("\"text\"")]
    [InlineData("{}")]
    [InlineData("{\"key\":\"a\"}")]
    [InlineData("{\"value\":\"a\"}")]
    [InlineData("{\"key\":\"\",\"value\":\"b\"}")]
    [InlineData("{\"key\":null,\"value\":\"b\"}")]
    [InlineData("{\"key\":[],\"value\":\"b\"}")]
    [InlineData("{\"key\":{},\"value\":\"b\"}")]
    [InlineData("{\"key\":true,\"value\":\"b\"}")]
    [InlineData("{\"key\":\"a\",\"value\":null}")]
    [InlineData("{\"key\":\"a\",\"key\":\"b\",\"value\":\"c\"}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"value\":\"c\"}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"ttl\":1,\"ttl\":1}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"tll\":1}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"Value\":\"c\"}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"ttl\":0}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"ttl\":-1}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"ttl\":1e400}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"ttl\":\"1\"}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"ttl\":null}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"ifRevision\":1.5}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"ifRevision\":-1}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"ifRevision\":9223372036854775808}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"ifAbsent\":\"true\"}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"ifAbsent\":true,\"ifRevision\":1}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"contentType\":\"a\\r\\nSet-Cookie: x\"}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"contentType\":\"text\"}")]
    [InlineData("{\"key\":\"a\",\"value\":\"b\",\"contentType\":7}")]
    public void Members_that_are_missing_unknown_twice_or_wrong_are_invalid(string body)
    {
        var answer = Refuse(Post(body));

        answer.Status.Should().Be(422);
        answer.Code.Should().Be("invalid-request");
        answer.Body.Should().Contain("\"errors\":{");
    }

    [Theory]
    [InlineData("{\"key\":\"a\",\"value\":")]
    [InlineData("{\"key\":")]
    [InlineData("")]
    public void Json_nested_ten_thousand_deep_is_malformed(string start)
    {
        var answer = Refuse(Post(start + new string('[', 10_000) + new string(']', 10_000) + (start.Length == 0 ? "" : "}")));

        answer.Status.Should().BeOneOf(400, 422);
        answer.Code.Should().BeOneOf("malformed-json", "invalid-request");
    }

    [Theory]
    [InlineData("{\"key\":\"\u00ff\",\"value\":\"b\"}", "malformed-json", "malformed-key")]
    [InlineData("{\"key\":\"a\",\"value\":\"\u00c3(\"}", "malformed-json", "malformed-json")]
    [InlineData("{\"key\":\"\\ud800\",\"value\":\"b\"}", "malformed-key", "malformed-json")]
    [InlineData("{\"key\":\"a\",\"value\":\"\\udc00\\ud800\"}", "malformed-json", "malformed-json")]
    public void Text_that_is_not_utf_8_is_malformed(string latin1, string code, string orCode)
    {
        var answer = Refuse(Post(Encoding.Latin1.GetBytes(latin1)));

        answer.Status.Should().Be(400);
        answer.Code.Should().BeOneOf(code, orCode);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("json")]
    public void Other_content_types_are_unsupported(string contentType)
    {
        var answer = Refuse(Post("{\"key\":\"a\",\"value\":\"b\"}", contentType));

        answer.Status.Should().Be(415);
        answer.Code.Should().Be("unsupported-media-type");
    }

    [Fact]
    public void A_body_without_a_content_type_is_unsupported()
    {
        var answer = Refuse("POST /set HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");

        answer.Status.Should().Be(415);
        answer.Code.Should().Be("unsupported-media-type");
    }

    [Theory]
    [InlineData("value=b", 422, "invalid-request")]
    [InlineData("key=a", 422, "invalid-request")]
    [InlineData("key=&value=b", 422, "invalid-request")]
    [InlineData("key=a&key=b&value=c", 422, "invalid-request")]
    [InlineData("key=a&value=b&tll=1", 422, "invalid-request")]
    [InlineData("?key=a&value=b", 422, "invalid-request")]
    [InlineData("key=a&value=b&ttl=soon", 422, "invalid-request")]
    [InlineData("key=%ff&value=b", 400, "malformed-request")]
    public void A_form_is_held_to_the_same_rules(string body, int status, string code)
    {
        var answer = Refuse(Post(body, "application/x-www-form-urlencoded"));

        answer.Status.Should().Be(status);
        answer.Code.Should().Be(code);
    }

    [Fact]
    public void A_value_over_the_limit_is_too_large()
    {
        var value = new string('v', 1_048_577);

        var json = Refuse(Post($"{{\"key\":\"a\",\"value\":\"{value}\"}}"));
        json.Status.Should().Be(413);
        json.Code.Should().Be("value-too-large");
        json.Body.Should().Contain("\"limit\":1048576");

        var put = Refuse($"PUT /kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: {value.Length}\r\n\r\n{value}");
        put.Status.Should().Be(413);
        put.Code.Should().Be("value-too-large");
        put.Body.Should().Contain("\"limit\":1048576");
    }

    [Fact]
    public void A_body_over_the_limit_is_refused_before_it_is_sent()
    {
        using var connection = new RawConnection(Service.Address);
        connection.Send("POST /set HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{");

        var answer = connection.Read();

        answer.Status.Should().Be(413);
        answer.Code.Should().Be("request-too-large");
        StoreShouldBeUntouched();
    }

    [Fact]
    public void A_chunked_body_over_the_limit_is_refused_wherever_it_ends()
    {
        using var connection = new RawConnection(Service.Address);
        connection.Send("PUT /kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        var chunk = "10000\r\n" + new string('v', 0x10000) + "\r\n";
        for (var i = 0; i < 32; i++)
        {
            connection.Send(chunk);
        }

        connection.Send("0\r\n\r\n");
        var answer = connection.Read();

        answer.Status.Should().Be(413);
        answer.Code.Should().Be("value-too-large");
        StoreShouldBeUntouched();
    }

    [Theory]
    [InlineData("{\"key\":\"", "\",\"value\":\"b\"}")]
    public void A_key_over_the_limit_is_too_long(string start, string end)
    {
        var answer = Refuse(Post(start + new string('k', 1_025) + end));

        answer.Status.Should().Be(400);
        answer.Code.Should().Be("key-too-long");
    }
}
