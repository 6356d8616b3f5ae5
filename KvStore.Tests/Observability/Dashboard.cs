using System.Text.Json;
using KvStore.Tests.Support;

namespace KvStore.Tests.Observability;

/// <summary>The dashboard for Grafana, read from its file.</summary>
internal static class Dashboard
{
    private static readonly JsonElement Root = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "observability", "grafana", "kvstore.json"))).RootElement;

    /// <summary>Panels that are drawn together: those in no row or in an open one, and those of each closed row.</summary>
    public static IEnumerable<IReadOnlyList<JsonElement>> Layouts =>
        [[.. Root.GetProperty("panels").EnumerateArray()], .. Root.GetProperty("panels").EnumerateArray().Where(row => IsRow(row) && InRow(row).Count > 0).Select(InRow)];

    /// <summary>All panels, rows too.</summary>
    public static IEnumerable<JsonElement> All => Layouts.SelectMany(panels => panels);

    /// <summary>All panels that show something.</summary>
    public static IEnumerable<JsonElement> Panels => All.Where(panel => !IsRow(panel));

    /// <summary>The names of its variables.</summary>
    public static IEnumerable<string> Variables =>
        Root.GetProperty("templating").GetProperty("list").EnumerateArray().Select(variable => variable.GetProperty("name").GetString()!);

    /// <summary>All queries, with the title of their panel, as Grafana would send them for all jobs and instances.</summary>
    public static IEnumerable<(string Panel, string Query)> Queries =>
        from panel in Panels
        from target in panel.GetProperty("targets").EnumerateArray()
        select (panel.GetProperty("title").GetString()!, Fill(target.GetProperty("expr").GetString()!));

    /// <summary>What it has beside panels.</summary>
    public static IEnumerable<string> Annotations =>
        from annotation in Root.GetProperty("annotations").GetProperty("list").EnumerateArray()
        where annotation.TryGetProperty("expr", out _)
        select Fill(annotation.GetProperty("expr").GetString()!);

    /// <summary>Every data source that anything in it names.</summary>
    public static IEnumerable<string> DataSources => Find(Root, "datasource").Select(source => source.GetProperty("uid").GetString()!);

    private static bool IsRow(JsonElement panel) => panel.GetProperty("type").GetString() == "row";

    private static IReadOnlyList<JsonElement> InRow(JsonElement row) => [.. row.GetProperty("panels").EnumerateArray()];

    private static string Fill(string query) => query
        .Replace("$__rate_interval", "1m", StringComparison.Ordinal)
        .Replace("$job", ".+", StringComparison.Ordinal)
        .Replace("$instance", ".+", StringComparison.Ordinal);

    private static IEnumerable<JsonElement> Find(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
            member.NameEquals(name) && member.Value.ValueKind == JsonValueKind.Object ? [member.Value] : Find(member.Value, name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(item => Find(item, name)),
        _ => [],
    };
}
