using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace KvStore.Tests.Conformance;

/// <summary>Sends what the OpenAPI document shows, and holds the answers to what it says.</summary>
public sealed class ApiExampleTests(DescribedService described) : IClassFixture<DescribedService>
{
    // Headers of HTTP itself, and the one that the document names once for every answer.
    private static readonly string[] Undescribed =
        ["Date", "Content-Type", "Content-Length", "Transfer-Encoding", "Connection", "X-Content-Type-Options"];

    [Fact]
    public async Task Every_example_request_succeeds_as_documented()
    {
        foreach (var operation in ApiDocumentReader.Operations(described.Document))
        {
            foreach (var accept in SuccessTypes(operation))
            {
                foreach (var (name, content) in Bodies(operation))
                {
                    using (content)
                    {
                        var (status, body) = await SendAsync(operation, accept, content, parameter: null);
                        status.Should().BeInRange(200, 299, $"{operation} with {name} and Accept: {accept} answered {body}");
                    }
                }
            }
        }
    }

    [Fact]
    public async Task Every_example_of_an_optional_parameter_is_answered_as_documented()
    {
        foreach (var operation in ApiDocumentReader.Operations(described.Document))
        {
            foreach (var parameter in operation.Parameters.Where(parameter => (bool?)parameter["required"] != true))
            {
                foreach (var (_, value) in ApiDocumentReader.Examples(described.Document, parameter).Where(example => example.Value is not null))
                {
                    using var content = Bodies(operation).First().Content;
                    var (status, body) = await SendAsync(operation, "*/*", content, ((string)parameter["name"]!, value!));
                    status.Should().NotBe(400, body).And.NotBe(422, body);
                }
            }
        }
    }

    [Fact]
    public async Task A_value_is_sent_in_the_form_that_Accept_asks_for()
    {
        var get = ApiDocumentReader.Operations(described.Document).Single(operation => operation.Id == "get_kv_key");

        (await SendAsync(get, "*/*", content: null, parameter: null)).Body.Should().Be("hello");
        (await SendAsync(get, "application/json", content: null, parameter: null)).Body.Should().Be("\"hello\"");
    }

    [Theory]
    [InlineData("/kv/greeting?ttl=3155760000", HttpStatusCode.OK)]
    [InlineData("/kv/greeting?ttl=3155760001", HttpStatusCode.UnprocessableEntity)]
    public async Task The_documented_limit_of_a_ttl_is_the_real_one(string target, HttpStatusCode status)
    {
        await described.SeedAsync();
        described.Document["components"]!["schemas"]!["SetRequest"]!["properties"]!["ttl"]!["maximum"]!.GetValue<long>().Should().Be(3155760000);

        using var answer = await described.Client.PutAsync(new Uri(described.Service.Address, target), content: null);

        answer.StatusCode.Should().Be(status);
    }

    private async Task<(int Status, string Body)> SendAsync(
        ApiOperation operation, string accept, HttpContent? content, (string Name, JsonNode Value)? parameter)
    {
        await described.SeedAsync();
        using var request = Request(operation, parameter);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Content = content;
        using var answer = await described.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var body = await ReadAsync(answer.Content);
        ShouldBeDocumented(operation, answer, body);
        return ((int)answer.StatusCode, body);
    }

    /// <summary>Reads a body; of a stream, which has no end, the first part.</summary>
    private static async Task<string> ReadAsync(HttpContent content)
    {
        if (content.Headers.ContentType?.MediaType != "text/event-stream")
        {
            return await content.ReadAsStringAsync();
        }

        var part = new byte[64];
        await (await content.ReadAsStreamAsync()).ReadExactlyAsync(part);
        return Encoding.UTF8.GetString(part);
    }

    private HttpRequestMessage Request(ApiOperation operation, (string Name, JsonNode Value)? optional)
    {
        var target = new StringBuilder(operation.Path);
        var query = new List<string>();
        var headers = new List<(string Name, string Value)>();
        foreach (var parameter in operation.Parameters)
        {
            var name = (string)parameter["name"]!;
            var value = (bool?)parameter["required"] == true ? parameter["example"] : name == optional?.Name ? optional.Value.Value : null;
            if (value is null)
            {
                continue;
            }

            switch ((string)parameter["in"]!)
            {
                case "path":
                    target.Replace($"{{{name}}}", Uri.EscapeDataString(value.ToString()));
                    break;
                case "query":
                    query.Add($"{name}={Uri.EscapeDataString(value.ToString())}");
                    break;
                default:
                    headers.Add((name, value.ToString()));
                    break;
            }
        }

        var request = new HttpRequestMessage(
            new HttpMethod(operation.Method), new Uri(described.Service.Address, $"{target}?{string.Join('&', query)}".TrimEnd('?')));
        headers.ForEach(header => request.Headers.TryAddWithoutValidation(header.Name, header.Value).Should().BeTrue());
        return request;
    }

    private static void ShouldBeDocumented(ApiOperation operation, HttpResponseMessage answer, string body)
    {
        var response = operation.Response((int)answer.StatusCode);
        response.Should().NotBeNull($"{operation} answered {(int)answer.StatusCode} {body}");

        var documented = response!["headers"]?.AsObject().Select(header => header.Key) ?? [];
        answer.Headers.Concat(answer.Content.Headers).Select(header => header.Key)
            .Should().BeSubsetOf([.. documented, .. Undescribed], $"{operation} says which headers it sends");

        if (response["content"] is not JsonObject contents)
        {
            body.Should().BeEmpty($"{operation} says that {(int)answer.StatusCode} has no body");
            return;
        }

        var type = MediaTypeHeaderValue.Parse(answer.Content.Headers.ContentType!.ToString()).MediaType!;
        var content = contents[type] ?? contents["*/*"];
        content.Should().NotBeNull($"{operation} answered with {type}");
        var value = type.EndsWith("/json", StringComparison.Ordinal) || type.EndsWith("+json", StringComparison.Ordinal) ? JsonNode.Parse(body) : JsonValue.Create(body);
        SchemaCheck.Errors(operation.Document, content!["schema"]!, value).Should().BeEmpty($"{operation} answered {body}");
    }

    private static IEnumerable<string> SuccessTypes(ApiOperation operation) =>
        operation.Responses.Where(response => response.Key.StartsWith('2'))
            .SelectMany(response => response.Value["content"]?.AsObject().Select(content => content.Key) ?? ["*/*"])
            .Distinct(StringComparer.Ordinal);

    /// <summary>Every body that the document shows for an operation; one that is none where it takes none.</summary>
    private static IEnumerable<(string Name, HttpContent? Content)> Bodies(ApiOperation operation)
    {
        if (operation.Node["requestBody"] is not { } body)
        {
            return [("no body", null)];
        }

        return from content in body["content"]!.AsObject()
               from example in ApiDocumentReader.Examples(operation.Document, content.Value!).DefaultIfEmpty(("any bytes", "\u0000\u0001"))
               select (example.Name, (HttpContent?)Body(content.Key, example.Value!));
    }

    private static ByteArrayContent Body(string type, JsonNode example)
    {
        var text = type switch
        {
            "application/json" => example.ToJsonString(),
            "application/x-www-form-urlencoded" => string.Join('&', example.AsObject().Select(
                field => $"{Uri.EscapeDataString(field.Key)}={Uri.EscapeDataString(field.Value!.ToString())}")),
            _ => (string)example!,
        };
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return content;
    }
}
