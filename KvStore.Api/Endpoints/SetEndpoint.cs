using System.Buffers;
using KvStore.Api.Http;
using KvStore.Api.OpenApi;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Store;

namespace KvStore.Api.Endpoints;

/// <summary>Writing one value as a call: <c>POST /set</c>, with JSON or a form.</summary>
internal static class SetEndpoint
{
    // The longest that JSON can make a key and a value: each byte as \u00XX. The rest is for the other members.
    private const int EscapedLength = 6;
    private const int OtherMembers = 4_096;

    /// <summary>Maps the endpoint.</summary>
    public static void MapSet(this IEndpointRouteBuilder routes)
    {
        var store = routes.ServiceProvider.GetRequiredService<IKeyValueStore>();
        var bodyLimit = BodyLimit(store.Limits);
        routes.MapPost("/set", context => SetAsync(context, store, bodyLimit)).Describe(SetDescription.Set);
    }

    /// <summary>The most bytes that a body of <c>POST /set</c> may have.</summary>
    public static long BodyLimit(StoreLimits limits) =>
        (EscapedLength * ((long)limits.MaxKeyBytes + limits.MaxValueBytes)) + OtherMembers;

    private static async Task SetAsync(HttpContext context, IKeyValueStore store, long bodyLimit)
    {
        var kind = CallRequest.KindOf(context.Request.ContentType);
        if (kind == BodyKind.Unknown)
        {
            await ProblemResponse.SendAsync(context, new Problem(
                ErrorCode.UnsupportedMediaType,
                "Send application/json or application/x-www-form-urlencoded, in UTF-8, and say so in Content-Type."));
            return;
        }

        if (CallRequest.CheckHead(context.Request) is { } problem)
        {
            await ProblemResponse.SendAsync(context, problem);
            return;
        }

        using var body = await RequestBody.ReadAsync(context, bodyLimit, Problem.RequestTooLarge);
        if (body.Problem is not null)
        {
            await ProblemResponse.SendAsync(context, body.Problem);
            return;
        }

        var length = (int)body.Bytes.Length;
        using var scratch = new ScratchBuffer(2 * length);
        await SetAsync(context, store, Contiguous(body.Bytes, scratch.Memory[..length]), scratch.Memory[length..], kind);
    }

    private static async Task SetAsync(
        HttpContext context, IKeyValueStore store, ReadOnlyMemory<byte> body, Memory<byte> scratch, BodyKind kind)
    {
        var problem = kind == BodyKind.Json
            ? JsonSetReader.Read(body, scratch, out var request)
            : FormSetReader.Read(body.Span, out request);
        if (problem is not null)
        {
            await ProblemResponse.SendAsync(context, problem);
            return;
        }

        var result = await store.SetAsync(
            request.Key.Span, new ReadOnlySequence<byte>(request.Value), request.Options, CancellationToken.None);
        if (result.Error != ErrorCode.None)
        {
            await ProblemResponse.SendAsync(context, result.Error, store.Limits, result.Revision);
            return;
        }

        context.Response.ContentType = JsonResponse.ContentType;
        JsonResponse.Write(context.Response, (request.Key, result), static (writer, state) =>
        {
            writer.WriteString("key"u8, state.Key.Span);
            writer.WriteNumber("revision"u8, state.result.Revision);
            writer.WriteBoolean("created"u8, state.result.Created);
        });
    }

    private static ReadOnlyMemory<byte> Contiguous(in ReadOnlySequence<byte> bytes, Memory<byte> scratch)
    {
        if (bytes.IsSingleSegment)
        {
            return bytes.First;
        }

        bytes.CopyTo(scratch.Span);
        return scratch;
    }
}
