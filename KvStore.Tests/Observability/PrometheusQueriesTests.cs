namespace KvStore.Tests.Observability;

/// <summary>What dashboard and rules ask has an answer, from a real Prometheus server that scrapes a real service.</summary>
public sealed class PrometheusQueriesTests(ObservedService observed) : IClassFixture<ObservedService>
{
    // Long enough for two scrapes and an evaluation of every rule on a busy machine; a query without an answer costs as long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    // Series of what this service is not.
    private static readonly string[] Absent = ["""kvstore_info{sync="never"}"""];

    [SkippableFact]
    public async Task Every_query_of_the_dashboard_has_data() =>
        (await WithoutDataAsync(Dashboard.Queries.Select(query => query.Query))).Should().BeEmpty();

    [SkippableFact]
    public async Task Every_recording_rule_records() =>
        (await WithoutDataAsync(PrometheusRules.Records.Select(rule => rule.Record))).Should().BeEmpty();

    [SkippableFact]
    public async Task Every_series_that_a_rule_reads_is_there() =>
        (await WithoutDataAsync(PrometheusRules.All.SelectMany(rule => PrometheusRules.Selectors(rule.Expression)).Except(Absent, StringComparer.Ordinal))).Should().BeEmpty();

    [SkippableFact]
    public async Task Every_rule_can_be_evaluated()
    {
        await observed.Prometheus.WaitForAsync(PrometheusRules.Records.Last().Record);

        var groups = (await observed.Prometheus.GetAsync("/api/v1/rules")).GetProperty("groups");
        var health = groups.EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray())
            .Select(rule => (rule.GetProperty("name").GetString(), rule.GetProperty("health").GetString())).ToList();

        health.Should().HaveCount(PrometheusRules.All.Count).And.AllSatisfy(rule => rule.Item2.Should().Be("ok", rule.Item1));
    }

    [SkippableFact]
    public async Task The_variables_of_the_dashboard_find_the_service_and_its_annotations_can_be_asked_for()
    {
        await observed.Prometheus.WaitForAsync("kvstore_info");

        foreach (var label in (string[])["job", "instance"])
        {
            (await observed.Prometheus.GetAsync($"/api/v1/label/{label}/values?match[]=kvstore_info")).GetArrayLength().Should().Be(1, label);
        }

        Dashboard.Annotations.Should().NotBeEmpty();
        foreach (var query in Dashboard.Annotations)
        {
            (await observed.Prometheus.GetAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}")).GetProperty("resultType").GetString().Should().Be("vector");
        }
    }

    private async Task<List<string>> WithoutDataAsync(IEnumerable<string> queries)
    {
        var missing = new List<string>();
        foreach (var query in queries.Distinct(StringComparer.Ordinal))
        {
            if (await observed.Prometheus.TryWaitForAsync(query, Patience) is null)
            {
                missing.Add(query);
            }
        }

        return missing;
    }
}
