using System.Text.RegularExpressions;
using KvStore.Tests.Support;
using YamlDotNet.Serialization;

namespace KvStore.Tests.Observability;

/// <summary>The rules for Prometheus, read from their files.</summary>
internal static partial class PrometheusRules
{
    private static readonly IDeserializer Yaml = new DeserializerBuilder().IgnoreUnmatchedProperties().Build();

    /// <summary>The files, below the repository.</summary>
    public static readonly string[] Files = ["observability/rules/recording.yml", "observability/rules/alerts.yml"];

    /// <summary>The files of their tests.</summary>
    public static readonly string[] TestFiles =
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "observability", "rules", "tests"), "*.yml")];

    /// <summary>All rules.</summary>
    public static IReadOnlyList<Rule> All { get; } = [.. Files.SelectMany(file => Read<RuleFile>(Path.Combine(Repository.Root, file)).Groups).SelectMany(group => group.Rules)];

    /// <summary>The rules that raise alerts.</summary>
    public static IEnumerable<Rule> Alerts => All.Where(rule => rule.Alert.Length > 0);

    /// <summary>The rules that record series.</summary>
    public static IEnumerable<Rule> Records => All.Where(rule => rule.Record.Length > 0);

    /// <summary>What the tests expect of alerts.</summary>
    public static IEnumerable<AlertTest> AlertTests => TestFiles.SelectMany(file => Read<TestFile>(file).Tests).SelectMany(test => test.AlertTests);

    /// <summary>The series that an expression reads, each as its name with what it asks of labels.</summary>
    public static IEnumerable<string> Selectors(string expression) => Selector().Matches(expression).Select(match => match.Value);

    private static T Read<T>(string file) => Yaml.Deserialize<T>(File.ReadAllText(file));

    // A name as metrics and rules have it, that is no part of a label's value or of a longer word.
    [GeneratedRegex("""(?<![\w:"])((http|grpc|bigtablelite|kestrel|kvstore|process|dotnet)_\w+|\w+:\w+:\w+|up\b)(\{([^{}"]|"[^"]*")*\})?(?!["\w])""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Selector();
}

/// <summary>A rule.</summary>
internal sealed class Rule
{
    [YamlMember(Alias = "alert")]
    public string Alert { get; set; } = "";

    [YamlMember(Alias = "record")]
    public string Record { get; set; } = "";

    [YamlMember(Alias = "expr")]
    public string Expression { get; set; } = "";

    [YamlMember(Alias = "for")]
    public string For { get; set; } = "";

    [YamlMember(Alias = "labels")]
    public Dictionary<string, string> Labels { get; set; } = [];

    [YamlMember(Alias = "annotations")]
    public Dictionary<string, string> Annotations { get; set; } = [];
}

/// <summary>What a test expects of an alert at one time.</summary>
internal sealed class AlertTest
{
    [YamlMember(Alias = "alertname")]
    public string Alert { get; set; } = "";

    [YamlMember(Alias = "exp_alerts")]
    public List<object> Expected { get; set; } = [];
}

internal sealed class RuleFile
{
    [YamlMember(Alias = "groups")]
    public List<RuleGroup> Groups { get; set; } = [];
}

internal sealed class RuleGroup
{
    [YamlMember(Alias = "rules")]
    public List<Rule> Rules { get; set; } = [];
}

internal sealed class TestFile
{
    [YamlMember(Alias = "tests")]
    public List<TestGroup> Tests { get; set; } = [];
}

internal sealed class TestGroup
{
    [YamlMember(Alias = "alert_rule_test")]
    public List<AlertTest> AlertTests { get; set; } = [];
}
