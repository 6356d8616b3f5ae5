using System.Net.Http.Json;
using System.Text.Json.Nodes;
using KvStore.Tests.Support;

namespace KvStore.Tests.Conformance;

/// <summary>A service with a directory, and the OpenAPI document that it serves.</summary>
public sealed class DescribedService : IAsyncLifetime
{
    private TemporaryFolder Folder { get; } = new();

    public DescribedService() => Service = DurableService.In(Folder.At("store"))
        .With("KvStore:Limits:MaxValueBytes", ErrorCases.MaxValueBytes)
        .With("KvStore:Limits:MaxBatchBytes", ErrorCases.MaxBatchBytes);

    public ServiceFactory Service { get; }

    public HttpClient Client { get; } = new();

    public JsonNode Document { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Until.IsTrueAsync(async () => (await Client.GetAsync(new Uri(Service.Address, "/ready"))).IsSuccessStatusCode);
        Document = (await Client.GetFromJsonAsync<JsonNode>(new Uri(Service.Address, ApiDocumentReader.Address)))!;
    }

    /// <summary>Stores what the document's examples speak of, and nothing else under their keys.</summary>
    public async Task SeedAsync()
    {
        await PutAsync("greeting", "hello"u8.ToArray(), "text/plain; charset=utf-8");
        await PutAsync("picture", [0x89, 0x50, 0x4E, 0x47], "image/png");
        using var deleted = await Client.DeleteAsync(new Uri(Service.Address, "/kv/greeting%202"));
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Service.DisposeAsync();
        Folder.Dispose();
    }

    private async Task PutAsync(string key, byte[] value, string contentType)
    {
        using var content = new ByteArrayContent(value);
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var answer = await Client.PutAsync(new Uri(Service.Address, $"/kv/{key}"), content);
        answer.EnsureSuccessStatusCode();
    }
}
