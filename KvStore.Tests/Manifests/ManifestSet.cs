using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using KvStore.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace KvStore.Tests.Manifests;

/// <summary>Objects for a cluster, as kubectl renders them from folders below <c>k8s-manifests</c>. Every scalar is text here: types are for the schemas.</summary>
internal sealed class ManifestSet(IReadOnlyList<JsonObject> objects)
{
    private static readonly string Root = Path.Combine(Repository.Root, "k8s-manifests");
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Texts = new(StringComparer.Ordinal);

    /// <summary>Every folder that can be applied.</summary>
    public static IReadOnlyList<string> Folders { get; } =
        [.. Directory.EnumerateFiles(Root, "kustomization.yaml", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, Path.GetDirectoryName(file)!))
            .Where(folder => folder != "base")
            .Order(StringComparer.Ordinal)];

    /// <summary>The overlays that run the service; one of them in a namespace.</summary>
    public static IReadOnlyList<string> Stores => ["overlays/durable", "overlays/multi-node", "overlays/single-node"];

    /// <summary>What can be applied beside each of them.</summary>
    public static IReadOnlyList<string> Others => ["backup", "gateway", "overlays/monitoring"];

    /// <summary>The objects, in the order in which they are applied.</summary>
    public IReadOnlyList<JsonObject> Objects => objects;

    /// <summary>The pods that they make.</summary>
    public IEnumerable<PodTemplate> Pods => objects.Select(PodTemplate.Of).OfType<PodTemplate>();

    /// <summary>The file of a folder below <c>k8s-manifests</c>.</summary>
    public static string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>A folder as the text that kubectl makes of it.</summary>
    public static Task<string> TextAsync(string folder) =>
        Texts.GetOrAdd(folder, name => new(() => ManifestTools.KustomizeAsync(PathOf(name)))).Value;

    /// <summary>The objects of a folder.</summary>
    public static async Task<ManifestSet> OfAsync(string folder) => new(Parse(await TextAsync(folder)));

    /// <summary>The objects of an overlay that runs the service, and of all that can be applied beside it.</summary>
    public static async Task<ManifestSet> WithOthersAsync(string store)
    {
        var texts = await Task.WhenAll(Others.Prepend(store).Select(TextAsync));
        return new([.. texts.SelectMany(Parse)]);
    }

    /// <summary>The objects of a stream of documents.</summary>
    public static IReadOnlyList<JsonObject> Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. stream.Documents.Select(document => (JsonObject)ToJson(document.RootNode)!)];
    }

    /// <summary>The objects of one kind.</summary>
    public IEnumerable<JsonObject> Kind(string kind) => objects.Where(item => item.Text("kind") == kind);

    /// <summary>The one object of a kind and name.</summary>
    public JsonObject Named(string kind, string name) =>
        Kind(kind).Should().ContainSingle(item => item.Text("metadata/name") == name, "there is one {0} {1}", kind, name).Subject;

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(child => KeyValuePair.Create(((YamlScalarNode)child.Key).Value!, ToJson(child.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new InvalidOperationException($"{node.NodeType} is not rendered."),
    };
}
