using KvStore.Api.Http;
using KvStore.Api.OpenApi;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace KvStore.Api.Endpoints;

/// <summary>The whole store as lines of JSON, and back: <c>GET /export</c> and <c>POST /import</c>.</summary>
internal static class TransferEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapTransfer(this IEndpointRouteBuilder routes)
    {
        var store = routes.ServiceProvider.GetRequiredService<IKeyValueStore>();
        var log = routes.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger("KvStore.Api.Import");
        var maxLineBytes = SetEndpoint.BodyLimit(store.Limits);
        routes.MapMethods("/export", EndpointMethods.GetAndHead, context => ExportAsync(context, store))
            .Describe(TransferDescriptions.Export);
        routes.MapPost("/import", context => ImportAsync(context, store, maxLineBytes, log)).Describe(TransferDescriptions.Import);
    }

    private static Task ExportAsync(HttpContext context, IKeyValueStore store) =>
        QueryParameters.Read(context.Request, out _) is { } problem
            ? ProblemResponse.SendAsync(context, problem)
            : new ExportResponse(context, store).SendAsync();

    private static Task ImportAsync(HttpContext context, IKeyValueStore store, long maxLineBytes, ILogger log)
    {
        if (CheckHead(context, out var isGzip) is { } problem)
        {
            return ProblemResponse.SendAsync(context, problem);
        }

        // Lines are bounded, their number is not.
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        return new ImportRequest(context, store, maxLineBytes, log).RunAsync(isGzip);
    }

    private static Problem? CheckHead(HttpContext context, out bool isGzip)
    {
        var headers = context.Request.Headers;
        var coding = headers.ContentEncoding;
        isGzip = coding.Count == 1 && ContentCoding.IsGzip(coding[0]);
        if (!IsLines(context.Request.ContentType))
        {
            return new Problem(
                ErrorCode.UnsupportedMediaType, $"Send {ExportResponse.ContentType}, in UTF-8, and say so in Content-Type.");
        }

        if (coding.Count != 0 && !isGzip)
        {
            context.Response.Headers.AcceptEncoding = ContentCoding.Gzip;
            return new Problem(ErrorCode.UnsupportedMediaType, "Send the body as it is, or with Content-Encoding: gzip.");
        }

        return headers.IfMatch.Count != 0 || headers.IfNoneMatch.Count != 0
            ? Problem.MalformedRequest("An import takes no condition: leave out If-Match and If-None-Match.")
            : RequestBody.RefuseTransferCoding(headers) ?? QueryParameters.Read(context.Request, out _);
    }

    /// <summary>Whether a content type is that of lines of JSON, by the name of old or the one without x-.</summary>
    private static bool IsLines(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals(ExportResponse.ContentType, StringComparison.OrdinalIgnoreCase)
            || type.MediaType.Equals("application/ndjson", StringComparison.OrdinalIgnoreCase))
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
