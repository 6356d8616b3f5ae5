using System.Globalization;
using System.Text.Json.Nodes;

namespace KvStore.Tests.Manifests;

/// <summary>Ways into an object by a path such as <c>spec/ports</c>.</summary>
internal static class ManifestNode
{
    /// <summary>What is at a path; null where there is nothing.</summary>
    public static JsonNode? At(this JsonNode? node, string path) =>
        path.Split('/').Aggregate(node, (at, name) => (at as JsonObject)?[name]);

    /// <summary>The text at a path; null where there is none.</summary>
    public static string? Text(this JsonNode? node, string path) => (string?)node.At(path);

    /// <summary>The whole number at a path, which must be there.</summary>
    public static int Number(this JsonNode? node, string path) => int.Parse(node.Text(path)!, CultureInfo.InvariantCulture);

    /// <summary>The objects of the list at a path; none where there is no list.</summary>
    public static IEnumerable<JsonObject> Items(this JsonNode? node, string path) => (node.At(path) as JsonArray ?? []).Cast<JsonObject>();

    /// <summary>The names and texts of the map at a path; none where there is no map.</summary>
    public static Dictionary<string, string> Map(this JsonNode? node, string path) =>
        (node.At(path) as JsonObject ?? []).ToDictionary(pair => pair.Key, pair => (string)pair.Value!, StringComparer.Ordinal);

    /// <summary>All values below a node that have a name, however deep.</summary>
    public static IEnumerable<JsonNode> Below(this JsonNode? node, string name) => node switch
    {
        JsonObject map => map.SelectMany(pair => pair.Key == name && pair.Value is not null ? [pair.Value] : pair.Value.Below(name)),
        JsonArray list => list.SelectMany(item => item.Below(name)),
        _ => [],
    };
}
