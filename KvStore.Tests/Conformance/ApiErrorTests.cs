using System.Text.Json.Nodes;

namespace KvStore.Tests.Conformance;

/// <summary>Brings about the errors that the OpenAPI document declares.</summary>
public sealed class ApiErrorTests(DescribedService described) : IClassFixture<DescribedService>
{
    [Fact]
    public async Task Every_error_is_declared_by_the_operation_that_gives_it()
    {
        var operations = ApiDocumentReader.Operations(described.Document).ToDictionary(operation => operation.Id, StringComparer.Ordinal);
        foreach (var error in ErrorCases.All)
        {
            var (status, body) = await SendAsync(error);

            ((string?)body["code"]).Should().Be(error.Code, $"{error} answered {body}");
            var response = error.Operation == "default"
                ? described.Document["components"]!["responses"]!["AnyError"]
                : operations[error.Operation].Response(status);
            response.Should().NotBeNull($"{error} has status {status}");
            ApiDocumentReader.Codes(response!).Should().Contain(error.Code, $"{error.Operation} declares it");
            var schema = response!["content"]!["application/problem+json"]!["schema"]!;
            SchemaCheck.Errors(described.Document, schema, body).Should().BeEmpty($"{error} answered {body}");
        }
    }

    [Fact]
    public void Every_declared_error_has_a_cause()
    {
        var declared = from operation in ApiDocumentReader.Operations(described.Document)
                       where operation.Parameters.Any() || operation.Node["requestBody"] is not null
                       from response in operation.Responses
                       where response.Key != "default"
                       from code in ApiDocumentReader.Codes(response.Value)
                       where !ErrorCases.Uncaused.Contains(code, StringComparer.Ordinal)
                       select $"{operation.Id}: {code}";

        ErrorCases.All.Select(error => error.ToString()).Where(error => !error.StartsWith("default", StringComparison.Ordinal))
            .Should().BeEquivalentTo(declared);
    }

    [Fact]
    public async Task The_example_of_an_error_is_what_the_service_sends()
    {
        var sent = new List<string>();
        foreach (var error in ErrorCases.All)
        {
            sent.Add(WithoutTrace((await SendAsync(error)).Body));
        }

        foreach (var (code, example) in described.Document["components"]!["examples"]!.AsObject())
        {
            if (!ErrorCases.Uncaused.Contains(code, StringComparer.Ordinal))
            {
                sent.Should().Contain(WithoutTrace(example!["value"]!), $"the document shows it for {code}");
            }
        }
    }

    private async Task<(int Status, JsonNode Body)> SendAsync(ErrorCase error)
    {
        await described.SeedAsync();
        using var request = error.ToRequest(described.Service.Address);
        using var answer = await described.Client.SendAsync(request);
        answer.Content.Headers.ContentType!.ToString().Should().Be("application/problem+json", error.ToString());
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    private static string WithoutTrace(JsonNode problem)
    {
        var copy = problem.DeepClone().AsObject();
        copy.Remove("traceId").Should().BeTrue();
        return copy.ToJsonString();
    }
}
