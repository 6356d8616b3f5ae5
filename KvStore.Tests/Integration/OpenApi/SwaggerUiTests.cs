using System.Net.Http.Json;
using System.Text.Json.Nodes;
using KvStore.Tests.Conformance;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.OpenApi;

/// <summary>Swagger UI as a person uses it: open an operation, try it out, read the answer.</summary>
public sealed class SwaggerUiTests
{
    [SkippableFact]
    public async Task Every_operation_succeeds_as_the_page_fills_it_in()
    {
        await using var service = DurableService.On(new SimulatedDisk());
        using var client = new HttpClient { BaseAddress = service.Address };
        await Until.IsTrueAsync(async () => (await client.GetAsync("/ready")).IsSuccessStatusCode);
        await using var page = await SwaggerPage.OpenAsync(service.Address);
        var document = (await client.GetFromJsonAsync<JsonNode>(new Uri(service.Address, ApiDocumentReader.Address)))!;

        // Written first and deleted last, the example's key is there for everything between.
        foreach (var operation in ApiDocumentReader.Operations(document).OrderBy(operation => operation.Method switch
        {
            "POST" => 0,
            "DELETE" => 2,
            _ => 1,
        }))
        {
            foreach (var contentType in operation.Node["requestBody"]?["content"]?.AsObject().Select(content => content.Key) ?? [null!])
            {
                var (status, body) = await page.TryOutAsync(operation.Id, contentType: contentType);
                status.Should().BeInRange(200, 299, $"{operation} with a body of {contentType ?? "nothing"} answered {body}");
            }
        }

        page.Complaints.Should().BeEmpty();
    }

    [SkippableFact]
    public async Task Any_text_can_be_a_key()
    {
        await using var service = new ServiceFactory();
        await using var page = await SwaggerPage.OpenAsync(service.Address);
        foreach (var key in new[] { "a/b c", "100%", "ä/日本", "a%2Fb?c#d+\"&=" })
        {
            await WriteReadAndDeleteAsync(page, key);
        }

        page.Complaints.Should().BeEmpty();
    }

    [SkippableFact]
    public async Task A_value_comes_as_it_is_unless_JSON_is_chosen()
    {
        await using var service = new ServiceFactory();
        await using var page = await SwaggerPage.OpenAsync(service.Address);
        await page.TryOutAsync("post_set");

        (await page.TryOutAsync("get_kv_key")).Body.Should().Be("hello");
        (await page.TryOutAsync("get_kv_key", accept: "application/json")).Body.Should().Be("\"hello\"");
    }

    private static async Task WriteReadAndDeleteAsync(SwaggerPage page, string key)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["key"] = key };
        var set = new JsonObject { ["key"] = key, ["value"] = "set" };

        (await page.TryOutAsync("post_set", body: set.ToJsonString())).Status.Should().Be(200);
        (await page.TryOutAsync("get_get_key", parameters)).Should().Be((200, "set"));
        (await page.TryOutAsync("get_get", parameters)).Should().Be((200, "set"));
        (await page.TryOutAsync("put_kv_key", parameters, body: "put")).Status.Should().Be(200, "the key exists already");
        (await page.TryOutAsync("get_kv_key", parameters)).Should().Be((200, "put"));
        JsonNode.Parse((await page.TryOutAsync("get_kv")).Body)!.AsArray().Select(listed => (string)listed!).Should().Equal(key);
        (await page.TryOutAsync("delete_kv_key", parameters)).Status.Should().Be(204);
    }
}
