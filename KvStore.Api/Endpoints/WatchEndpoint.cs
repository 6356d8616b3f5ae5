using KvStore.Api.Hosting;
using KvStore.Api.Http;
using KvStore.Api.Metrics;
using KvStore.Api.OpenApi;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Store;

namespace KvStore.Api.Endpoints;

/// <summary>Following changes: <c>GET /watch</c>.</summary>
internal static class WatchEndpoint
{
    /// <summary>Maps the endpoint. HEAD is not taken: there is no answer to tell the headers of without beginning a watch.</summary>
    public static void MapWatch(this IEndpointRouteBuilder routes)
    {
        var store = routes.ServiceProvider.GetRequiredService<IKeyValueStore>();
        var capacity = routes.ServiceProvider.GetRequiredService<WatchCapacity>();
        var lifecycle = routes.ServiceProvider.GetRequiredService<Lifecycle>();
        routes.MapGet("/watch", context => WatchAsync(context, store, capacity, lifecycle))
            .WithMetadata(new StreamedAnswer())
            .Describe(WatchDescription.Watch);
    }

    private static async Task WatchAsync(HttpContext context, IKeyValueStore store, WatchCapacity capacity, Lifecycle lifecycle)
    {
        if (WatchQuery.Read(context.Request, out var query) is { } problem)
        {
            await ProblemResponse.SendAsync(context, problem);
        }
        else if (lifecycle.IsDraining)
        {
            await ProblemResponse.SendAsync(context, new Problem(
                ErrorCode.Draining, "The service is shutting down, and every watch has ended. Watch another node, or try again."));
        }
        else if (!capacity.TryEnter())
        {
            await ProblemResponse.SendAsync(context, new Problem(
                ErrorCode.RateLimited, $"{capacity.MaxWatchers} watches are open, and no more are served at once. Close one, or try again."));
        }
        else
        {
            try
            {
                await WatchAsync(context, store, capacity, query);
            }
            finally
            {
                capacity.Leave();
            }
        }
    }

    private static async Task WatchAsync(HttpContext context, IKeyValueStore store, WatchCapacity capacity, WatchQuery query)
    {
        using var watcher = store.Watch(query.Filter, query.Since);
        if (watcher is null)
        {
            await ProblemResponse.SendAsync(context, Compacted(store.Statistics, query.Since.GetValueOrDefault()));
            return;
        }

        using var response = new WatchResponse(context, watcher, capacity);
        await response.SendAsync(store.Statistics.HistoryId);
    }

    private static Problem Compacted(in StoreStatistics store, long since)
    {
        var detail = since > store.Revision
            ? $"The store has not come to revision {since}: its history has begun anew."
            : $"Not all changes after revision {since} are kept.";
        return new Problem(ErrorCode.RevisionCompacted, $"{detail} Read the store, and watch from there.") { OldestRevision = store.OldestRevision };
    }
}
