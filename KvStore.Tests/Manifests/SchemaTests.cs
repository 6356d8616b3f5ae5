using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KvStore.Tests.Support;

namespace KvStore.Tests.Manifests;

/// <summary>Every object holds to the schema of its kind, and what does not would be found.</summary>
public sealed partial class SchemaTests
{
    private const string Valid = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: a
        spec:
          replicas: 1
          selector:
            matchLabels: {app: a}
          template:
            metadata:
              labels: {app: a}
            spec:
              containers:
                - name: a
                  image: a:1
        """;

    private const string ValidRoute = """
        apiVersion: gateway.networking.k8s.io/v1
        kind: GRPCRoute
        metadata:
          name: a
        spec:
          rules:
            - backendRefs:
                - name: a
                  port: 50051
        """;

    public static TheoryData<string> Folders => [.. ManifestSet.Folders];

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public async Task What_a_folder_renders_holds_to_the_schemas(string folder)
    {
        (await ManifestTools.ValidateAsync(await ManifestSet.TextAsync(folder))).Should().BeEmpty();
    }

    [Fact]
    public void The_document_has_a_command_for_every_folder()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "kubernetes.md"));

        ApplyFolder().Matches(document).Select(match => match.Groups["folder"].Value).Should().BeEquivalentTo(ManifestSet.Folders);
    }

    [SkippableFact]
    public async Task The_namespace_holds_to_the_schemas()
    {
        (await ManifestTools.ValidateAsync(await File.ReadAllTextAsync(ManifestSet.PathOf("namespace.yaml")))).Should().BeEmpty();
    }

    [Fact]
    public void Every_folder_is_looked_at()
    {
        ManifestSet.Folders.Should().BeEquivalentTo(ManifestSet.Stores.Concat(ManifestSet.Others));
    }

    [SkippableFact]
    public async Task What_is_whole_is_let_through()
    {
        (await ManifestTools.ValidateAsync($"{Valid}\n---\n{ValidRoute}")).Should().BeEmpty();
    }

    [SkippableTheory]
    [InlineData("replicas: 1", "replica: 1", "/spec/replica is not a field")]
    [InlineData("image: a:1", "imagee: a:1", "/spec/template/spec/containers/0/imagee is not a field")]
    [InlineData("replicas: 1", "replicas: one", "/spec/replicas must be integer")]
    [InlineData("replicas: 1", "replicas: \"1\"", "/spec/replicas must be integer")]
    [InlineData("- name: a", "- tty: false", "/spec/template/spec/containers/0 must have required property name")]
    [InlineData("    matchLabels: {app: a}", "    matchLabels: app", "/spec/selector/matchLabels must be object")]
    [InlineData("kind: Deployment", "kind: Deploymint", "there is no schema of apps/v1 Deploymint")]
    [InlineData("apps/v1", "apps/v7", "there is no schema of apps/v7 Deployment")]
    public async Task A_break_is_refused(string valid, string broken, string finding)
    {
        var findings = await ManifestTools.ValidateAsync(Valid.Replace(valid, broken, StringComparison.Ordinal));

        findings.Should().ContainSingle().Which.Should().EndWith($": {finding}");
    }

    [SkippableTheory]
    [InlineData("backendRefs", "backends", "/spec/rules/0/backends is not a field")]
    [InlineData("port: 50051", "port: grpc", "/spec/rules/0/backendRefs/0/port must be integer")]
    [InlineData("- name: a", "- weight: 1", "/spec/rules/0/backendRefs/0 must have required property name")]
    public async Task A_break_in_a_kind_of_the_gateway_is_refused(string valid, string broken, string finding)
    {
        (await ManifestTools.ValidateAsync(ValidRoute.Replace(valid, broken, StringComparison.Ordinal))).Should().Contain($"GRPCRoute/a: {finding}");
    }

    [SkippableFact]
    public async Task A_key_that_is_there_twice_is_refused()
    {
        var findings = await ManifestTools.ValidateAsync(Valid.Replace("replicas: 1", "replicas: 1\n  replicas: 2", StringComparison.Ordinal));

        findings.Should().Contain(finding => finding.Contains("Map keys must be unique", StringComparison.Ordinal));
    }

    // Where the validator would take any field, it would take a misspelt one. It is to do so only where any name is right.
    [SkippableFact]
    public async Task An_unknown_field_is_refused_at_every_place_but_in_maps()
    {
        string[] maps = ["annotations", "data", "labels", "limits", "matchLabels", "requests"];
        var marked = new List<JsonObject>();
        foreach (var folder in ManifestSet.Folders)
        {
            foreach (var item in (await ManifestSet.OfAsync(folder)).Objects)
            {
                Mark(item, maps.Append(item.Text("kind") == "Service" ? "selector" : ""));
                marked.Add(item);
            }
        }

        var places = marked.Sum(item => item.Below("misspelt").Count());
        var findings = await ManifestTools.ValidateAsync(string.Join("\n---\n", marked.Select(item => item.ToJsonString())));

        findings.Count(finding => finding.EndsWith("/misspelt is not a field", StringComparison.Ordinal)).Should().Be(places).And.BeGreaterThan(300);
    }

    private static void Mark(JsonNode? node, IEnumerable<string> maps)
    {
        if (node is JsonArray list)
        {
            list.ToList().ForEach(item => Mark(item, maps));
        }
        else if (node is JsonObject map)
        {
            map.Where(pair => !maps.Contains(pair.Key, StringComparer.Ordinal)).ToList().ForEach(pair => Mark(pair.Value, maps));
            map["misspelt"] = "1";
        }
    }

    [GeneratedRegex("kubectl apply -k k8s-manifests/(?<folder>[a-z/-]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ApplyFolder();
}
