using System.Buffers;
using System.Text.Unicode;
using KvStore.Api.Http;
using KvStore.Api.OpenApi;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Store;

namespace KvStore.Api.Endpoints;

/// <summary>Reading one value: <c>GET /get/{key}</c>, <c>GET /get?key=</c> and <c>GET /kv/{key}</c>.</summary>
internal static class ReadEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapReads(this IEndpointRouteBuilder routes)
    {
        var store = routes.ServiceProvider.GetRequiredService<IKeyValueStore>();
        routes.MapMethods("/get/{key}", EndpointMethods.GetAndHead, context => GetByPath(context, store))
            .Describe(ValueDescriptions.GetByPath);
        routes.MapMethods("/kv/{key}", EndpointMethods.GetAndHead, context => GetByPath(context, store))
            .Describe(ValueDescriptions.GetByPath);
        routes.MapMethods("/get", EndpointMethods.GetAndHead, context => GetByQuery(context, store))
            .Describe(ValueDescriptions.GetByQuery);
    }

    private static Task GetByPath(HttpContext context, IKeyValueStore store)
    {
        var limit = store.Limits.MaxKeyBytes;
        var buffer = limit <= KeyPath.StackBytes ? stackalloc byte[KeyPath.StackBytes] : new byte[limit];
        var error = KeyPath.TryDecode(context, buffer, out var length);
        return error == ErrorCode.None
            ? Send(context, store, buffer[..length])
            : ProblemResponse.SendAsync(context, error, store.Limits);
    }

    private static Task GetByQuery(HttpContext context, IKeyValueStore store)
    {
        var problem = QueryParameters.Read(context.Request, out var query, "key");
        problem ??= query.Bytes("key") is null or [] ? Problem.Invalid("key", "is required") : null;
        return problem is null
            ? Send(context, store, query.Bytes("key"))
            : ProblemResponse.SendAsync(context, problem);
    }

    private static Task Send(HttpContext context, IKeyValueStore store, ReadOnlySpan<byte> key)
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method) || request.Headers.IfNoneMatch.Count != 0 || ValueNegotiation.IsNeeded(request))
        {
            return NegotiateAsync(context, store, key.ToArray());
        }

        var read = store.GetAsync(key, context.Response.BodyWriter, StreamedBody.PieceBytes);
        if (!read.IsCompletedSuccessfully)
        {
            return FinishAsync(context, store, read, key.ToArray());
        }

        var value = read.Result;
        return value.ValueLength <= StreamedBody.PieceBytes
            ? Finish(context, store, value)
            : NegotiateAsync(context, store, key.ToArray());
    }

    private static async Task FinishAsync(HttpContext context, IKeyValueStore store, ValueTask<ReadResult> read, byte[] key)
    {
        var value = await read;
        await (value.ValueLength <= StreamedBody.PieceBytes
            ? Finish(context, store, value)
            : NegotiateAsync(context, store, key));
    }

    /// <summary>Answers with a value that is already in the response's pipe.</summary>
    private static Task Finish(HttpContext context, IKeyValueStore store, in ReadResult value)
    {
        if (value.Error != ErrorCode.None)
        {
            return ProblemResponse.SendAsync(context, value.Error, store.Limits);
        }

        ValueHeaders.Set(context.Response, value);
        return Task.CompletedTask;
    }

    /// <summary>Answers HEAD, conditional reads, clients that do not take just anything, and reads of long values. The value is
    /// read once, so that form, headers and body are of one revision.</summary>
    private static async Task NegotiateAsync(HttpContext context, IKeyValueStore store, byte[] key)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var value = await store.GetAsync(key, bytes, cancellationToken: context.RequestAborted);
        if (value.Error != ErrorCode.None)
        {
            await ProblemResponse.SendAsync(context, value.Error, store.Limits);
            return;
        }

        var (asIs, asJson) = ValueNegotiation.Weigh(context.Request, value.ContentType);
        if (asJson <= asIs)
        {
            await SendAsIsAsync(context, value, bytes.WrittenMemory);
        }
        else if (Utf8.IsValid(bytes.WrittenSpan))
        {
            await SendJsonAsync(context, value, bytes.WrittenMemory);
        }
        else if (asIs > 0)
        {
            await SendAsIsAsync(context, value, bytes.WrittenMemory);
        }
        else
        {
            context.Response.Headers.Vary = "Accept";
            await ProblemResponse.SendAsync(context, new Problem(
                ErrorCode.NotText, "The value is not UTF-8, so it cannot be sent as JSON. Ask with Accept: */*."));
        }
    }

    private static Task SendAsIsAsync(HttpContext context, in ReadResult value, ReadOnlyMemory<byte> bytes)
    {
        if (TrySendNotModified(context, value, EntityTags.Of(value.Revision)))
        {
            return Task.CompletedTask;
        }

        ValueHeaders.Set(context.Response, value);
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : StreamedBody.WriteAsync(context, bytes);
    }

    private static Task SendJsonAsync(HttpContext context, in ReadResult value, ReadOnlyMemory<byte> text)
    {
        var tag = EntityTags.OfJson(value.Revision);
        if (TrySendNotModified(context, value, tag))
        {
            return Task.CompletedTask;
        }

        ValueHeaders.SetCommon(context.Response, value, tag);
        return JsonResponse.WriteStringAsync(context, text);
    }

    private static bool TrySendNotModified(HttpContext context, in ReadResult value, string tag)
    {
        if (!EntityTags.NoneMatchNames(context.Request, tag))
        {
            return false;
        }

        context.Response.StatusCode = StatusCodes.Status304NotModified;
        ValueHeaders.SetCommon(context.Response, value, tag);
        return true;
    }
}
