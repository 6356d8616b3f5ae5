using KvStore.Core.Errors;

namespace KvStore.Api.Http;

/// <summary>
/// Keys in a path: everything after <c>/get/</c> or <c>/kv/</c> of the raw target, percent-decoded exactly once.
/// </summary>
internal static class KeyPath
{
    /// <summary>What a key of the default limit needs; longer limits are configurable, and then cost an allocation.</summary>
    public const int StackBytes = 1_024;

    private const string GetRoute = "/get/";
    private const string KvRoute = "/kv/";
    private const string Placeholder = "key";

    private static readonly PathString GetPlaceholder = new(GetRoute + Placeholder);
    private static readonly PathString KvPlaceholder = new(KvRoute + Placeholder);

    /// <summary>
    /// Has routing see <c>/get/key</c> or <c>/kv/key</c> whatever the key is, so that no slash, dot segment or escape in it
    /// can lead to another endpoint. The endpoint reads the key itself with <see cref="TryDecode"/>.
    /// </summary>
    public static void UseKeyPaths(this IApplicationBuilder app) => app.Use(static next => context =>
    {
        var path = RawTarget.Path(context);
        if (IsUnder(path, GetRoute))
        {
            context.Request.Path = GetPlaceholder;
        }
        else if (IsUnder(path, KvRoute))
        {
            context.Request.Path = KvPlaceholder;
        }

        return next(context);
    });

    /// <summary>Decodes the key of a request into <paramref name="buffer"/>.</summary>
    /// <returns><see cref="ErrorCode.None"/>, <see cref="ErrorCode.MalformedKey"/>, <see cref="ErrorCode.KeyTooLong"/> (it does
    /// not fit the buffer), or <see cref="ErrorCode.NotFound"/> where the path has no key.</returns>
    public static ErrorCode TryDecode(HttpContext context, Span<byte> buffer, out int length)
    {
        length = 0;
        var path = RawTarget.Path(context);
        var encoded = IsUnder(path, GetRoute) ? path[GetRoute.Length..]
            : IsUnder(path, KvRoute) ? path[KvRoute.Length..]
            : [];

        if (encoded.IsEmpty)
        {
            return ErrorCode.NotFound;
        }

        return RawTarget.Decode(encoded, buffer, isQuery: false, out length) switch
        {
            DecodeStatus.Ok => ErrorCode.None,
            DecodeStatus.TooLong => ErrorCode.KeyTooLong,
            _ => ErrorCode.MalformedKey,
        };
    }

    private static bool IsUnder(ReadOnlySpan<char> path, string route) =>
        path.Length > route.Length && path.StartsWith(route, StringComparison.OrdinalIgnoreCase);
}
