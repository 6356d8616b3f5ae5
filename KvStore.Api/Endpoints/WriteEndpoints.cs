using KvStore.Api.Http;
using KvStore.Api.OpenApi;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Store;

namespace KvStore.Api.Endpoints;

/// <summary>Writing one value as a resource: <c>PUT /kv/{key}</c> and <c>DELETE /kv/{key}</c>.</summary>
internal static class WriteEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapWrites(this IEndpointRouteBuilder routes)
    {
        var store = routes.ServiceProvider.GetRequiredService<IKeyValueStore>();
        routes.MapPut("/kv/{key}", context => PutAsync(context, store)).Describe(ValueDescriptions.Put);
        routes.MapDelete("/kv/{key}", context => DeleteAsync(context, store)).Describe(ValueDescriptions.Delete);
    }

    private static async Task PutAsync(HttpContext context, IKeyValueStore store)
    {
        if (ReadOptions(context.Request, out var options) is { } problem)
        {
            await ProblemResponse.SendAsync(context, problem);
            return;
        }

        using var body = await RequestBody.ReadAsync(context, store.Limits.MaxValueBytes, Problem.ValueTooLarge);
        if (body.Problem is not null)
        {
            await ProblemResponse.SendAsync(context, body.Problem);
            return;
        }

        var result = await Put(context, store, body, options);
        if (result.Error != ErrorCode.None)
        {
            await ProblemResponse.SendAsync(context, result.Error, store.Limits, result.Revision);
            return;
        }

        context.Response.StatusCode = result.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        context.Response.Headers.ETag = EntityTags.Of(result.Revision);
        context.Response.ContentLength = 0;
    }

    private static ValueTask<WriteResult> Put(
        HttpContext context, IKeyValueStore store, in RequestBody body, in SetOptions options)
    {
        var limit = store.Limits.MaxKeyBytes;
        var buffer = limit <= KeyPath.StackBytes ? stackalloc byte[KeyPath.StackBytes] : new byte[limit];
        var error = KeyPath.TryDecode(context, buffer, out var length);
        return error == ErrorCode.None
            ? store.SetAsync(buffer[..length], body.Bytes, options, CancellationToken.None)
            : new(new WriteResult(error));
    }

    private static async Task DeleteAsync(HttpContext context, IKeyValueStore store)
    {
        var condition = WriteCondition.None;
        var problem = QueryParameters.Read(context.Request, out _)
            ?? EntityTags.ReadCondition(context.Request, out condition);
        if (problem is not null)
        {
            await ProblemResponse.SendAsync(context, problem);
            return;
        }

        var result = await Delete(context, store, condition);
        if (result.Error != ErrorCode.None)
        {
            await ProblemResponse.SendAsync(context, result.Error, store.Limits, result.Revision);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static ValueTask<WriteResult> Delete(HttpContext context, IKeyValueStore store, in WriteCondition condition)
    {
        var limit = store.Limits.MaxKeyBytes;
        var buffer = limit <= KeyPath.StackBytes ? stackalloc byte[KeyPath.StackBytes] : new byte[limit];
        var error = KeyPath.TryDecode(context, buffer, out var length);
        return error == ErrorCode.None
            ? store.DeleteAsync(buffer[..length], condition, CancellationToken.None)
            : new(new WriteResult(error));
    }

    /// <summary>Reads ttl, content type and conditions; all of it before the body, so that a bad one costs no upload.</summary>
    private static Problem? ReadOptions(HttpRequest request, out SetOptions options)
    {
        options = default;
        var condition = WriteCondition.None;
        var problem = QueryParameters.Read(request, out var query, SetRequest.TtlName)
            ?? EntityTags.ReadCondition(request, out condition);
        if (problem is not null)
        {
            return problem;
        }

        if (request.Headers.ContentRange.Count != 0)
        {
            // A client that sends a part would lose the rest of the value (RFC 9110 section 14.5).
            return Problem.MalformedRequest("A PUT replaces the whole value: send all of it, without Content-Range.");
        }

        var contentType = string.IsNullOrEmpty(request.ContentType) ? null : request.ContentType;
        if (contentType is not null && !SetRequest.IsMediaType(contentType))
        {
            return new Problem(
                ErrorCode.UnsupportedMediaType,
                "Content-Type must be a media type such as text/plain, in at most 255 characters of ASCII.");
        }

        var ttl = query.Number(SetRequest.TtlName) is { } seconds ? SetRequest.ReadTtl(seconds, query.Errors) : null;
        options = new SetOptions(contentType, ttl, condition);
        return query.Errors.IsEmpty ? null : Problem.Invalid(query.Errors);
    }
}
