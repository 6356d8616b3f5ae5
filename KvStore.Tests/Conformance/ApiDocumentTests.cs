using System.Text.Json.Nodes;
using KvStore.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Tests.Conformance;

/// <summary>What the OpenAPI document says, against what the service has.</summary>
public sealed class ApiDocumentTests(DescribedService described) : IClassFixture<DescribedService>
{
    private const string HowToRefresh =
        "the service's interface has changed: start the service, run " +
        "`curl -s localhost:8080/swagger/v1/swagger.json > docs/openapi.json`, and commit that with the change";

    private List<ApiOperation> Operations => ApiDocumentReader.Operations(described.Document);

    [Fact]
    public async Task The_committed_document_is_the_one_served()
    {
        await using var service = new ServiceFactory();
        var served = await described.Client.GetStringAsync(new Uri(service.Address, ApiDocumentReader.Address));

        var committed = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "openapi.json"));

        // Not compared as text: a failure would print both documents.
        var isServed = string.Equals(committed.ReplaceLineEndings("\n").TrimEnd(), served, StringComparison.Ordinal);
        isServed.Should().BeTrue(HowToRefresh);
    }

    [Fact]
    public async Task The_document_does_not_depend_on_who_asks()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(described.Service.Address, ApiDocumentReader.Address));
        request.Headers.Host = "store.example";
        request.Headers.Add("X-Forwarded-Prefix", "/prefix");

        using var answer = await described.Client.SendAsync(request);

        JsonNode.DeepEquals(JsonNode.Parse(await answer.Content.ReadAsStringAsync()), described.Document).Should().BeTrue();
    }

    [Fact]
    public void Every_route_has_an_operation_and_every_operation_a_route()
    {
        var endpoints = described.Service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();
        var routes = from endpoint in endpoints
                     where !endpoint.RoutePattern.RawText!.TrimStart('/').StartsWith("swagger", StringComparison.Ordinal)
                     from method in endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
                     select $"{method} {endpoint.RoutePattern.RawText}";

        var isHead = routes.ToLookup(route => route.StartsWith("HEAD ", StringComparison.Ordinal));

        isHead[false].Should().BeEquivalentTo(Operations.Select(operation => operation.ToString()));
        isHead[true].Select(route => route.Replace("HEAD", "GET", StringComparison.Ordinal)).Should().BeEquivalentTo(
            isHead[false].Where(route => route.StartsWith("GET ", StringComparison.Ordinal) && route is not ("GET /watch" or "GET /admin/backup")),
            "the document says once for all that HEAD answers as GET");
    }

    [Fact]
    public void Operations_are_named_once_and_grouped()
    {
        var tags = described.Document["tags"]!.AsArray().Select(tag => (string)tag!["name"]!).ToList();

        Operations.Select(operation => operation.Id).Should().OnlyHaveUniqueItems();
        Operations.Should().AllSatisfy(operation =>
        {
            operation.Node["tags"]!.AsArray().Select(tag => (string)tag!).Should().ContainSingle().Which.Should().BeOneOf(tags);
            ((string?)operation.Node["summary"]).Should().NotBeNullOrEmpty();
            ((string?)operation.Node["description"]).Should().NotBeNullOrEmpty();
        });
    }

    [Fact]
    public void Every_parameter_says_what_it_takes_with_an_example_that_it_takes()
    {
        foreach (var operation in Operations)
        {
            foreach (var parameter in operation.Parameters)
            {
                ((string?)parameter["description"]).Should().NotBeNullOrEmpty();
                ExamplesShouldFit(operation, parameter);
            }
        }
    }

    [Fact]
    public void Every_body_has_examples_that_fit_its_schema()
    {
        foreach (var operation in Operations)
        {
            foreach (var (type, content) in operation.Node["requestBody"]?["content"]?.AsObject() ?? [])
            {
                if (type != "application/octet-stream")
                {
                    ExamplesShouldFit(operation, content!);
                }
            }

            foreach (var content in operation.Responses.SelectMany(response => response.Value["content"]?.AsObject() ?? []))
            {
                ExamplesShouldFit(operation, content.Value!);
            }
        }
    }

    [Fact]
    public void Every_operation_has_a_success_and_the_errors_that_any_request_may_meet()
    {
        Operations.Should().AllSatisfy(operation => operation.Responses.Select(response => response.Key)
            .Should().ContainMatch("2??").And.Contain(["500", "default"]));
    }

    [Fact]
    public void Every_error_of_the_catalogue_is_declared_where_it_can_occur()
    {
        var declared = Operations.SelectMany(operation => operation.Responses.SelectMany(response => ApiDocumentReader.Codes(response.Value)));
        var codes = described.Document["components"]!["schemas"]!["Problem"]!["properties"]!["code"]!["enum"]!.AsArray();

        declared.Distinct(StringComparer.Ordinal).Should().BeEquivalentTo(codes.Select(code => (string)code!));
    }

    private static void ExamplesShouldFit(ApiOperation operation, JsonNode described)
    {
        var examples = ApiDocumentReader.Examples(operation.Document, described).Where(example => example.Value is not null).ToList();
        examples.Should().NotBeEmpty($"{operation} shows what it means");
        examples.SelectMany(example => SchemaCheck.Errors(operation.Document, described["schema"]!, example.Value))
            .Should().BeEmpty($"{operation} must show what is right");
    }
}
