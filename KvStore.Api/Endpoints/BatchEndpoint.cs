using System.Buffers;
using KvStore.Api.Http;
using KvStore.Api.OpenApi;
using KvStore.Api.Options;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Core.Store.Batches;

namespace KvStore.Api.Endpoints;

/// <summary>Many operations in one request: <c>POST /batch</c>.</summary>
internal static class BatchEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void MapBatch(this IEndpointRouteBuilder routes)
    {
        var store = routes.ServiceProvider.GetRequiredService<IKeyValueStore>();
        var limit = routes.ServiceProvider.GetRequiredService<LimitsOptions>().MaxBatchBytes;
        routes.MapPost("/batch", context => ExecuteAsync(context, store, limit))
            .Describe(operation => BatchDescription.Batch(operation, limit));
    }

    private static async Task ExecuteAsync(HttpContext context, IKeyValueStore store, int limit)
    {
        if (CallRequest.CheckHead(context.Request) is { } problem)
        {
            await ProblemResponse.SendAsync(context, problem);
            return;
        }

        if (CallRequest.KindOf(context.Request.ContentType) != BodyKind.Json)
        {
            await ProblemResponse.SendAsync(context, new Problem(
                ErrorCode.UnsupportedMediaType, "Send application/json, in UTF-8, and say so in Content-Type."));
            return;
        }

        var (refusal, body, length) = await ReadBodyAsync(context, limit);
        if (refusal is not null)
        {
            await ProblemResponse.SendAsync(context, refusal);
            return;
        }

        using (body)
        {
            await (BatchReader.Read(body.Memory, length, out var batch, out var isAtomic) is { } invalid
                ? ProblemResponse.SendAsync(context, invalid)
                : ExecuteAsync(context, store, batch, isAtomic));
        }
    }

    /// <summary>Copies the body together, so that the server's own buffers are free before the first operation is carried out.</summary>
    private static async ValueTask<(Problem? Problem, ScratchBuffer Body, int Length)> ReadBodyAsync(HttpContext context, int limit)
    {
        using var body = await RequestBody.ReadAsync(context, limit, Problem.RequestTooLarge);
        if (body.Problem is not null)
        {
            return (body.Problem, default, 0);
        }

        // Unescaped strings lie behind the body.
        var length = (int)body.Bytes.Length;
        var hasEscapes = body.Bytes.PositionOf((byte)'\\') is not null;
        var buffer = new ScratchBuffer(hasEscapes ? 2 * length : length);
        body.Bytes.CopyTo(buffer.Memory.Span);
        return (null, buffer, length);
    }

    private static async Task ExecuteAsync(HttpContext context, IKeyValueStore store, Batch batch, bool isAtomic)
    {
        using var response = new BatchResponse(context);
        if (!isAtomic)
        {
            await response.SendAsync(batch.Count, start => store.ExecuteAsync(batch, start, response, CancellationToken.None));
            return;
        }

        var outcome = await store.ExecuteAtomicallyAsync(batch, CancellationToken.None);
        await (outcome.IsCarriedOut
            ? response.SendAsync(batch.Count, start => new(outcome.Deliver(start, response)))
            : ProblemResponse.SendAsync(context, Problem.Batch(outcome, store.Limits)));
    }
}
