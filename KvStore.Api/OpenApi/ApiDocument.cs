using System.Text;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.Swagger;

namespace KvStore.Api.OpenApi;

/// <summary>
/// Makes the OpenAPI document from the endpoints' own descriptions. The endpoints are plain request delegates, of which a
/// generator that reflects over handlers would see nothing.
/// </summary>
/// <remarks>Safe for any number of threads. The document depends on the endpoints and limits alone, not on host or request.</remarks>
internal sealed class ApiDocument(EndpointDataSource endpoints, StoreLimits limits) : ISwaggerProvider
{
    /// <summary>The document's name, which is part of its path.</summary>
    public const string Name = "v1";

    /// <summary>The title of document and page.</summary>
    public const string Title = "KvStore";

    private static readonly string[] MethodOrder =
        [HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Delete];

    /// <inheritdoc />
    public OpenApiDocument GetSwagger(string documentName, string? host = null, string? basePath = null)
    {
        if (!string.Equals(documentName, Name, StringComparison.Ordinal))
        {
            throw new UnknownSwaggerDocument(documentName, [Name]);
        }

        var document = new OpenApiDocument
        {
            Info = new OpenApiInfo { Title = Title, Version = Name, Description = Describe() },
            Tags = Tags.All,
            Paths = [],
        };
        document.Components = Components.Create(document, limits);
        foreach (var path in Described().GroupBy(endpoint => endpoint.RoutePattern.RawText!, StringComparer.Ordinal)
            .OrderBy(path => path.Key, StringComparer.Ordinal))
        {
            document.Paths.Add(path.Key, new OpenApiPathItem { Operations = Operations(document, path) });
        }

        document.RegisterComponents();
        return document;
    }

    private IEnumerable<RouteEndpoint> Described() =>
        endpoints.Endpoints.OfType<RouteEndpoint>().Where(endpoint => endpoint.Metadata.GetMetadata<EndpointDescription>() is not null);

    private Dictionary<HttpMethod, OpenApiOperation> Operations(OpenApiDocument document, IEnumerable<RouteEndpoint> path)
    {
        var operations = from endpoint in path
                         from method in endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
                         where MethodOrder.Contains(method)
                         orderby Array.IndexOf(MethodOrder, method)
                         select (endpoint, method);
        return operations.ToDictionary(
            operation => HttpMethod.Parse(operation.method),
            operation => OperationBuilder.Build(document, limits, operation.endpoint, operation.method));
    }

    private static string Describe()
    {
        var text = new StringBuilder("""
            A key-value store. Keys are text, values are bytes with a content type; every write gets the next revision of the store.

            What answers GET answers HEAD too, without the body; but for `/watch`. Every body comes with `X-Content-Type-Options: nosniff`.

            An error is `application/problem+json` (RFC 9457); `code` says which:

            | status | code | meaning |
            |---|---|---|

            """);
        foreach (var error in ErrorCatalogue.All)
        {
            text.Append("| ").Append(error.HttpStatus).Append(" | `").Append(error.Name).Append("` | ").Append(error.Title).Append(" |\n");
        }

        return text.ToString().ReplaceLineEndings("\n");
    }
}
