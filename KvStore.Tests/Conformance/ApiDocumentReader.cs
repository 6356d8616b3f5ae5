using System.Text.Json.Nodes;

namespace KvStore.Tests.Conformance;

/// <summary>An operation of the OpenAPI document, with what it declares.</summary>
/// <param name="Document">The whole document.</param>
/// <param name="Path">Its path, such as <c>/kv/{key}</c>.</param>
/// <param name="Method">Its method, such as <c>GET</c>.</param>
/// <param name="Node">The operation itself.</param>
internal sealed record ApiOperation(JsonNode Document, string Path, string Method, JsonNode Node)
{
    public string Id => (string)Node["operationId"]!;

    public IEnumerable<JsonNode> Parameters => (Node["parameters"]?.AsArray() ?? []).Select(parameter => parameter!);

    public IEnumerable<KeyValuePair<string, JsonNode>> Responses =>
        Node["responses"]!.AsObject().Select(response => KeyValuePair.Create(response.Key, ApiDocumentReader.Resolve(Document, response.Value!)));

    /// <summary>The response declared for exactly this status.</summary>
    public JsonNode? Response(int status) =>
        Node["responses"]![FormattableString.Invariant($"{status}")] is { } response ? ApiDocumentReader.Resolve(Document, response) : null;

    public override string ToString() => $"{Method} {Path}";
}

/// <summary>Reads the OpenAPI document as its clients do: as JSON.</summary>
internal static class ApiDocumentReader
{
    public static readonly Uri Address = new("/swagger/v1/swagger.json", UriKind.Relative);

    /// <summary>Every operation of the document.</summary>
    public static List<ApiOperation> Operations(JsonNode document) =>
    [
        .. from path in document["paths"]!.AsObject()
           from operation in path.Value!.AsObject()
           select new ApiOperation(document, path.Key, operation.Key.ToUpperInvariant(), operation.Value!),
    ];

    /// <summary>What a node refers to; the node itself where it is no reference.</summary>
    public static JsonNode Resolve(JsonNode document, JsonNode node)
    {
        if ((string?)(node as JsonObject)?["$ref"] is not { } reference)
        {
            return node;
        }

        var target = document;
        foreach (var part in reference.TrimStart('#', '/').Split('/'))
        {
            target = target?[part];
        }

        return target ?? throw new InvalidOperationException($"The document has no {reference}.");
    }

    /// <summary>The codes of the errors that a response may have.</summary>
    public static IEnumerable<string> Codes(JsonNode response) =>
        response["content"]?["application/problem+json"]?["examples"]?.AsObject().Select(example => example.Key) ?? [];

    /// <summary>The examples of a parameter or a body, by name; those that stand for nothing sent have no value.</summary>
    public static IEnumerable<(string Name, JsonNode? Value)> Examples(JsonNode document, JsonNode node)
    {
        if (node["example"] is { } example)
        {
            return [("example", example)];
        }

        return node["examples"]?.AsObject().Select(entry => (entry.Key, Resolve(document, entry.Value!)["value"])) ?? [];
    }
}
