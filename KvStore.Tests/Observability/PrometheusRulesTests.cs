using System.Text.RegularExpressions;
using KvStore.Tests.Support;

namespace KvStore.Tests.Observability;

/// <summary>Rules and alerts, and what is written about them.</summary>
public sealed partial class PrometheusRulesTests
{
    // Of which no panel and no rule needs to tell.
    private static readonly Dictionary<string, string> Unshown = new(StringComparer.Ordinal)
    {
        ["http_server_request_duration_seconds"] = "http_request_duration_seconds in another dialect",
        ["http_server_active_requests"] = "http_requests_in_progress in another dialect",
        ["kvstore_wal_records_total"] = "the sum of kvstore_wal_group_size",
        ["process_private_memory_bytes"] = "process_working_set_bytes is what runs out",
        ["process_virtual_memory_bytes"] = "process_working_set_bytes is what runs out",
    };

    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "alerts.md"));

    [SkippableFact]
    public async Task Promtool_finds_nothing_wrong_with_the_rules()
    {
        var run = await Promtool.RunAsync(["check", "rules", "--lint-fatal", .. PrometheusRules.Files]);

        run.ExitCode.Should().Be(0, run.Said);
    }

    [SkippableFact]
    public async Task Every_alert_fires_when_it_should_and_only_then()
    {
        var run = await Promtool.RunAsync(["test", "rules", .. PrometheusRules.TestFiles]);

        run.ExitCode.Should().Be(0, run.Said);
        Regex.Count(run.Said, "SUCCESS").Should().Be(PrometheusRules.TestFiles.Length);
    }

    [SkippableFact]
    public async Task The_example_configuration_is_right()
    {
        var run = await Promtool.RunAsync(["check", "config", "observability/prometheus.yml"]);

        run.ExitCode.Should().Be(0, run.Said);
        run.Said.Should().Contain("2 rule files found");
    }

    [Fact]
    public void Every_alert_is_tested_where_it_fires_and_where_it_is_silent()
    {
        string[] alerts = [.. PrometheusRules.Alerts.Select(rule => rule.Alert)];

        alerts.Should().HaveCountGreaterThan(10).And.OnlyHaveUniqueItems();
        Tested(isFiring: true).Should().BeEquivalentTo(alerts);
        Tested(isFiring: false).Should().BeEquivalentTo(alerts);

        static IEnumerable<string> Tested(bool isFiring) =>
            PrometheusRules.AlertTests.Where(test => test.Expected.Count > 0 == isFiring).Select(test => test.Alert).Distinct(StringComparer.Ordinal);
    }

    [Fact]
    public void Every_alert_says_for_how_long_how_bad_and_where_to_read_on()
    {
        PrometheusRules.Alerts.Should().AllSatisfy(rule =>
        {
            rule.For.Should().NotBeEmpty();
            rule.Labels["severity"].Should().BeOneOf("critical", "warning");
            rule.Annotations["summary"].Should().NotBeEmpty();
            rule.Annotations["description"].Should().EndWith(".");
            rule.Annotations["runbook_url"].Should().Be($"docs/alerts.md#{rule.Alert.ToLowerInvariant()}");
        });
    }

    [Fact]
    public void Every_alert_has_a_page_with_what_it_means_how_to_look_and_what_to_do_and_no_page_is_left_over()
    {
        var pages = Regex.Split(Page, "^### ", RegexOptions.Multiline, TimeSpan.FromSeconds(1)).Skip(1)
            .ToDictionary(page => page.Split('\n')[0], page => page, StringComparer.Ordinal);

        pages.Keys.Should().BeEquivalentTo(PrometheusRules.Alerts.Select(rule => rule.Alert));
        pages.Values.Should().AllSatisfy(page => page.Should().Contain("**Means:**").And.Contain("**Look:**").And.Contain("**Do:**"));
    }

    [Fact]
    public void Recorded_series_are_named_level_metric_operation() =>
        PrometheusRules.Records.Select(rule => rule.Record).Should().AllSatisfy(name => name.Should().MatchRegex("^[a-z_]+:kvstore_[a-z_]+:[a-z0-9_]+$"));

    [Fact]
    public void Every_metric_is_on_the_dashboard_or_in_a_rule_or_left_out_for_a_reason()
    {
        var documented = DocumentedMetric().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "metrics.md"))).Select(match => match.Value).ToList();
        string[] read = [.. Dashboard.Queries.Select(query => query.Query), .. PrometheusRules.All.Select(rule => rule.Expression)];

        var shown = documented.Where(metric => Array.Exists(read, query => Regex.IsMatch(query, $@"\b{metric}(_bucket|_sum|_count)?\b")));

        documented.Should().HaveCountGreaterThan(40);
        documented.Except(shown, StringComparer.Ordinal).Should().BeEquivalentTo(Unshown.Keys);
    }

    [Fact]
    public void Kubernetes_gets_every_file_of_rules_and_the_dashboard()
    {
        var kustomization = File.ReadAllText(Path.Combine(Repository.Root, "observability", "kustomization.yaml"));

        PrometheusRules.Files.Append("observability/grafana/kvstore.json")
            .Should().AllSatisfy(file => kustomization.Should().Contain($"- {file["observability/".Length..]}\n"));
    }

    [Theory]
    [InlineData("""up{job="a"} == 0 unless kvstore_b == 1""", """up{job="a"}""", "kvstore_b")]
    [InlineData("""sum by (le) (rate(http_x_bucket{endpoint=~"/kv/{key}|/b",c="d"}[5m]))""", """http_x_bucket{endpoint=~"/kv/{key}|/b",c="d"}""")]
    [InlineData("a_b:kvstore_c:rate5m > 14.4 * 0.001", "a_b:kvstore_c:rate5m")]
    public void The_series_that_an_expression_reads_are_found(string expression, params string[] selectors) =>
        PrometheusRules.Selectors(expression).Should().Equal(selectors);

    // A name in a table; the labels in the tables begin like names.
    [GeneratedRegex("(?<=^\\|[^\n]*`)(http|grpc|bigtablelite|kestrel|kvstore|process|dotnet)_(?!request_method|response_status_code|route)[a-z_]+(?=`)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DocumentedMetric();
}
