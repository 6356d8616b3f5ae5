using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace KvStore.Api.OpenApi;

/// <summary>A body in one media type.</summary>
/// <param name="Type">The media type.</param>
/// <param name="Schema">What it holds.</param>
/// <param name="Examples">Real ones; the first is what Swagger UI fills in.</param>
internal sealed record Content(string Type, IOpenApiSchema Schema, params Example[] Examples);

/// <summary>An example of a body or a parameter.</summary>
/// <param name="Name">Its name, in kebab-case.</param>
/// <param name="Summary">What it shows.</param>
/// <param name="Value">The value; null stands for nothing sent.</param>
internal sealed record Example(string Name, string Summary, JsonNode? Value)
{
    /// <summary>An example written as JSON.</summary>
    public static Example OfJson(string name, string summary, string json) => new(name, summary, JsonNode.Parse(json));

    /// <summary>Examples in the document's terms.</summary>
    public static Dictionary<string, IOpenApiExample> Map(IEnumerable<Example> examples) => examples.ToDictionary(
        example => example.Name,
        IOpenApiExample (example) => new OpenApiExample { Summary = example.Summary, Value = example.Value },
        StringComparer.Ordinal);
}
