using System.Text.Json.Nodes;

namespace KvStore.Tests.Manifests;

/// <summary>Who reaches whom, as a cluster reads the policies.</summary>
public sealed class NetworkPolicyTests
{
    private static readonly Dictionary<string, string> Stranger = new(StringComparer.Ordinal) { ["app.kubernetes.io/name"] = "stranger" };

    public static TheoryData<string> Stores => [.. ManifestSet.Stores];

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Every_policy_is_for_pods_and_ports_that_there_are(string store)
    {
        var set = await ManifestSet.WithOthersAsync(store);

        foreach (var policy in set.Kind("NetworkPolicy"))
        {
            var pod = set.Pods.Should().ContainSingle(one => one.IsSelectedBy(policy.Map("spec/podSelector/matchLabels"))).Subject;
            foreach (var rule in policy.Items("spec/ingress"))
            {
                rule.Items("ports").Should().NotBeEmpty().And.OnlyContain(port => pod.PortOf(port.Text("port")) != null, policy.Text("metadata/name"));
                rule.Items("from").Should().NotContain(
                    from => !set.Pods.Any(other => other.IsSelectedBy(from.Map("podSelector/matchLabels"))), policy.Text("metadata/name"));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Everyone_reaches_the_store_and_only_prometheus_and_backups_its_administration(string store)
    {
        var set = await ManifestSet.WithOthersAsync(store);
        var pod = set.Pods.Single(one => one.IsStore);

        bool Reaches(IReadOnlyDictionary<string, string> from, string port) => MayReach(set, pod, from, port);

        Reaches(Stranger, "http").Should().BeTrue();
        Reaches(Stranger, "grpc").Should().BeTrue();
        Reaches(Stranger, "metrics").Should().BeFalse();
        set.Pods.Where(other => Reaches(other.Labels, "metrics")).Select(other => other.Name)
            .Should().BeEquivalentTo("Deployment/prometheus", "CronJob/kvstore-backup");
    }

    [SkippableFact]
    public async Task Grafana_alone_asks_prometheus()
    {
        var set = await ManifestSet.OfAsync("overlays/monitoring");
        PodTemplate Pod(string name) => PodTemplate.Of(set.Named("Deployment", name))!;

        MayReach(set, Pod("prometheus"), Pod("grafana").Labels, "http").Should().BeTrue();
        MayReach(set, Pod("prometheus"), Stranger, "http").Should().BeFalse();
        MayReach(set, Pod("grafana"), Stranger, "http").Should().BeFalse();
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task The_service_calls_nobody(string store)
    {
        var policy = (await ManifestSet.OfAsync(store)).Named("NetworkPolicy", "kvstore");

        policy.At("spec/policyTypes")!.ToJsonString().Should().Be("""["Ingress","Egress"]""");
        policy.At("spec/egress")!.ToJsonString().Should().Be("[]");
    }

    // A pod that a policy selects is reached by what some rule of some such policy lets through: a rule without `from`, from everywhere.
    private static bool MayReach(ManifestSet set, PodTemplate pod, IReadOnlyDictionary<string, string> from, string port) =>
        set.Kind("NetworkPolicy").Where(policy => pod.IsSelectedBy(policy.Map("spec/podSelector/matchLabels")))
            .SelectMany(policy => policy.Items("spec/ingress"))
            .Any(rule => rule.Items("ports").Any(open => pod.PortOf(open.Text("port")) == pod.PortOf(port)) && LetsThrough(rule, from));

    private static bool LetsThrough(JsonObject rule, IReadOnlyDictionary<string, string> from) =>
        rule.At("from") is null || rule.Items("from").Any(peer =>
            peer.Map("podSelector/matchLabels") is { Count: > 0 } labels && labels.All(label => from.GetValueOrDefault(label.Key) == label.Value));
}
