using System.Globalization;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using Microsoft.OpenApi;

namespace KvStore.Api.OpenApi;

/// <summary>Builds the operation of one endpoint and method.</summary>
/// <remarks>Not thread safe.</remarks>
internal sealed class OperationBuilder
{
    private readonly OpenApiDocument _document;
    private readonly OpenApiOperation _operation;

    private OperationBuilder(OpenApiDocument document, StoreLimits limits, string id)
    {
        _document = document;
        _operation = new OpenApiOperation { OperationId = id, Parameters = [], Responses = [] };
        Limits = limits;
    }

    /// <summary>The sizes that the store accepts.</summary>
    public StoreLimits Limits { get; }

    /// <summary>Builds the operation that an endpoint describes.</summary>
    public static OpenApiOperation Build(OpenApiDocument document, StoreLimits limits, RouteEndpoint endpoint, string method)
    {
        var builder = new OperationBuilder(document, limits, Id(method, endpoint.RoutePattern.RawText!));
        endpoint.Metadata.GetRequiredMetadata<EndpointDescription>().Describe(builder);
        builder.Fails(ErrorCode.InternalError);
        builder._operation.Responses!.Add("default", new OpenApiResponseReference(Components.AnyError, document));
        return builder._operation;
    }

    /// <summary>Says what the operation does.</summary>
    public OperationBuilder Does(string tag, string summary, string description)
    {
        _operation.Tags = new HashSet<OpenApiTagReference> { new(tag, _document) };
        _operation.Summary = summary;
        _operation.Description = description.ReplaceLineEndings("\n");
        return this;
    }

    /// <summary>Adds parameters.</summary>
    public OperationBuilder Takes(params ReadOnlySpan<OpenApiParameter> parameters)
    {
        foreach (var parameter in parameters)
        {
            _operation.Parameters!.Add(parameter);
        }

        return this;
    }

    /// <summary>Adds the request's body, in one of several media types.</summary>
    public OperationBuilder TakesBody(string description, params ReadOnlySpan<Content> contents)
    {
        _operation.RequestBody = new OpenApiRequestBody
        {
            Description = description,
            Required = true,
            Content = MediaTypes(contents),
        };
        return this;
    }

    /// <summary>Adds an answer that is not an error.</summary>
    public OperationBuilder Answers(int status, string description, string[] headers, params ReadOnlySpan<Content> contents)
    {
        _operation.Responses!.Add(status.ToString(CultureInfo.InvariantCulture), new OpenApiResponse
        {
            Description = description,
            Headers = headers.Length == 0 ? null : ResponseHeaders.References(_document, headers),
            Content = contents.IsEmpty ? null : MediaTypes(contents),
        });
        return this;
    }

    /// <summary>Adds the errors that the operation can give.</summary>
    public OperationBuilder Fails(params ErrorCode[] codes)
    {
        foreach (var errors in codes.Select(ErrorCatalogue.Describe).GroupBy(error => error.HttpStatus).OrderBy(errors => errors.Key))
        {
            _operation.Responses!.Add(errors.Key.ToString(CultureInfo.InvariantCulture), ErrorResponse(_document, [.. errors]));
        }

        return this;
    }

    /// <summary>An answer with one of some errors.</summary>
    public static OpenApiResponse ErrorResponse(OpenApiDocument document, IReadOnlyList<ErrorDescription> errors) => new()
    {
        Description = string.Join("; ", errors.Select(error => $"`{error.Name}`: {error.Title}")),
        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
        {
            [ProblemResponse.ContentType] = new()
            {
                Schema = new OpenApiSchemaReference(Schemas.Problem, document),
                Examples = errors.ToDictionary(
                    error => error.Name, IOpenApiExample (error) => new OpenApiExampleReference(error.Name, document), StringComparer.Ordinal),
            },
        },
    };

    /// <summary>A reference to one of the document's schemas.</summary>
    public OpenApiSchemaReference Schema(string name) => new(name, _document);

    private static Dictionary<string, OpenApiMediaType> MediaTypes(ReadOnlySpan<Content> contents)
    {
        var types = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal);
        foreach (var content in contents)
        {
            types.Add(content.Type, new OpenApiMediaType
            {
                Schema = content.Schema,
                Examples = content.Examples.Length == 0 ? null : Example.Map(content.Examples),
            });
        }

        return types;
    }

    /// <summary>Such as <c>get_kv_key</c> for <c>GET /kv/{key}</c>: what generated clients name their methods after.</summary>
    private static string Id(string method, string path) => string.Join(
        '_', path.Split(['/', '{', '}'], StringSplitOptions.RemoveEmptyEntries).Prepend(method.ToLowerInvariant()));
}
