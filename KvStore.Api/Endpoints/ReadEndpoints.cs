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

        var read = store.GetAsync(key, context.Response.BodyWriter);
        return read.IsCompletedSuccessfully
            ? Finish(context, store, read.Result)
            : FinishAsync(context, store, read);
    }

    private static async Task FinishAsync(HttpContext context, IKeyValueStore store, ValueTask<ReadResult> read) =>
        await Finish(context, store, await read);

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

    /// <summary>Answers HEAD, conditional reads, and clients that do not take just anything.</summary>
    private static async Task NegotiateAsync(HttpContext context, IKeyValueStore store, byte[] key)
    {
        var value = await store.GetAsync(key, destination: null, context.RequestAborted);
        if (value.Error != ErrorCode.None)
        {
            await ProblemResponse.SendAsync(context, value.Error, store.Limits);
            return;
        }

        var (asIs, asJson) = ValueNegotiation.Weigh(context.Request, value.ContentType);
        if (asJson > asIs)
        {
            await SendJsonAsync(context, store, key, isOnlyForm: asIs == 0);
        }
        else
        {
            await SendAsIsAsync(context, store, key, value);
        }
    }

    private static async Task SendAsIsAsync(HttpContext context, IKeyValueStore store, byte[] key, ReadResult value)
    {
        if (TrySendNotModified(context, value, EntityTags.Of(value.Revision)))
        {
            return;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            ValueHeaders.Set(context.Response, value);
            return;
        }

        await Finish(context, store, await store.GetAsync(key, context.Response.BodyWriter, context.RequestAborted));
    }

    private static async Task SendJsonAsync(HttpContext context, IKeyValueStore store, byte[] key, bool isOnlyForm)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var value = await store.GetAsync(key, buffer, context.RequestAborted);
        var isText = Utf8.IsValid(buffer.WrittenSpan);
        if (value.Error != ErrorCode.None)
        {
            await ProblemResponse.SendAsync(context, value.Error, store.Limits);
        }
        else if (!isText && isOnlyForm)
        {
            await ProblemResponse.SendAsync(context, new Problem(
                ErrorCode.NotText, "The value is not UTF-8, so it cannot be sent as JSON. Ask with Accept: */*."));
        }
        else if (!isText)
        {
            await SendAsIsAsync(context, store, key, value);
        }
        else if (!TrySendNotModified(context, value, EntityTags.OfJson(value.Revision)))
        {
            ValueHeaders.SetCommon(context.Response, value, EntityTags.OfJson(value.Revision));
            JsonResponse.WriteString(context.Response, buffer.WrittenSpan);
        }
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
