using KvStore.Api.Http;
using KvStore.Api.Metrics;
using KvStore.Api.OpenApi;
using KvStore.Api.Problems;
using KvStore.Core.Store;

namespace KvStore.Api.Endpoints;

/// <summary>Following changes: <c>GET /watch</c>.</summary>
internal static class WatchEndpoint
{
    /// <summary>Maps the endpoint. HEAD is not taken: there is no answer to tell the headers of without beginning a watch.</summary>
    public static void MapWatch(this IEndpointRouteBuilder routes)
    {
        var store = routes.ServiceProvider.GetRequiredService<IKeyValueStore>();
        var gate = routes.ServiceProvider.GetRequiredService<WatchGate>();
        routes.MapGet("/watch", context => WatchAsync(context, store, gate))
            .WithMetadata(new StreamedAnswer())
            .Describe(WatchDescription.Watch);
    }

    private static async Task WatchAsync(HttpContext context, IKeyValueStore store, WatchGate gate)
    {
        if (WatchQuery.Read(context.Request, out var query) is { } invalid)
        {
            await ProblemResponse.SendAsync(context, invalid);
            return;
        }

        if (!gate.TryOpen(query.Filter, query.Since, out var watcher, out var problem))
        {
            await ProblemResponse.SendAsync(context, problem);
            return;
        }

        using (watcher)
        {
            using var response = new WatchResponse(context, watcher, gate.Capacity);
            await response.SendAsync(store.Statistics.HistoryId);
        }
    }
}
