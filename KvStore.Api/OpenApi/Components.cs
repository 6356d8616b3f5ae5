using KvStore.Core.Errors;
using KvStore.Core.Store;
using Microsoft.OpenApi;

namespace KvStore.Api.OpenApi;

/// <summary>What operations share: each is written once in the document, and referred to.</summary>
internal static class Components
{
    /// <summary>The response of an error that does not depend on the operation.</summary>
    public const string AnyError = "AnyError";

    private static readonly ErrorCode[] AnyErrorCodes =
        [ErrorCode.NotFound, ErrorCode.MethodNotAllowed, ErrorCode.NotReady, ErrorCode.Draining];

    /// <summary>Makes the components.</summary>
    public static OpenApiComponents Create(OpenApiDocument document, StoreLimits limits) => new()
    {
        Schemas = Schemas.All(limits),
        Headers = ResponseHeaders.All,
        Examples = Example.Map(ErrorExamples.All(limits)),
        Responses = new Dictionary<string, IOpenApiResponse>(StringComparer.Ordinal) { [AnyError] = AnyErrorResponse(document) },
    };

    private static OpenApiResponse AnyErrorResponse(OpenApiDocument document)
    {
        var response = OperationBuilder.ErrorResponse(document, [.. AnyErrorCodes.Select(ErrorCatalogue.Describe)]);
        response.Description = $"Any other error. {response.Description}";
        response.Headers = ResponseHeaders.References(document, ResponseHeaders.Allow, ResponseHeaders.RetryAfter);
        return response;
    }
}
