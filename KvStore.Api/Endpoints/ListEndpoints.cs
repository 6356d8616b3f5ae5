using KvStore.Api.Http;
using KvStore.Api.OpenApi;
using KvStore.Api.Problems;
using KvStore.Core.Store;

namespace KvStore.Api.Endpoints;

/// <summary>Listing and counting keys: <c>GET /search</c>, <c>GET /kv/</c> and <c>GET /count</c>.</summary>
internal static class ListEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapLists(this IEndpointRouteBuilder routes)
    {
        var store = routes.ServiceProvider.GetRequiredService<IKeyValueStore>();
        routes.MapMethods("/search", EndpointMethods.GetAndHead, context => ListAsync(context, store, isSearch: true))
            .Describe(ListDescriptions.Search);
        routes.MapMethods("/kv/", EndpointMethods.GetAndHead, context => ListAsync(context, store, isSearch: false))
            .Describe(ListDescriptions.All);
        routes.MapMethods("/count", EndpointMethods.GetAndHead, context => CountAsync(context, store))
            .Describe(ListDescriptions.Count);
    }

    private static Task ListAsync(HttpContext context, IKeyValueStore store, bool isSearch)
    {
        if (ListQuery.Read(context.Request, out var query) is { } problem)
        {
            return ProblemResponse.SendAsync(context, problem);
        }

        // A search for nothing finds nothing: a client whose filter came out empty does not get the whole store.
        var list = new ListResponse(context, store, query);
        return isSearch && query.Filter.IsEmpty ? list.SendEmptyAsync() : list.SendAsync();
    }

    private static async Task CountAsync(HttpContext context, IKeyValueStore store)
    {
        if (ListQuery.ReadFilter(context.Request, out var filter) is { } problem)
        {
            await ProblemResponse.SendAsync(context, problem);
            return;
        }

        var count = await store.CountAsync(filter, context.RequestAborted);
        context.Response.ContentType = JsonResponse.ContentType;
        JsonResponse.Write(context.Response, count, static (writer, count) => writer.WriteNumber("count"u8, count));
    }
}
