using System.Text.Json.Nodes;
using KvStore.Tests.Support;

namespace KvStore.Tests.Manifests;

/// <summary>What the overlay of Prometheus and Grafana is configured with.</summary>
public sealed class MonitoringTests
{
    [SkippableFact]
    public async Task Prometheus_takes_its_configuration_and_its_rules()
    {
        using var folder = new TemporaryFolder();
        var config = await MountAsync("prometheus", "/etc/prometheus", folder);

        var run = await Promtool.RunAsync(["check", "config", config]);

        run.ExitCode.Should().Be(0, run.Said);
        run.Said.Should().MatchRegex("SUCCESS: .*prometheus.yml is valid").And.MatchRegex(@"recording\.yml[\s\S]*SUCCESS: \d+ rules found").And.Contain("alerts.yml");
    }

    [SkippableFact]
    public async Task Prometheus_scrapes_the_port_of_the_service_that_has_every_pod()
    {
        var set = await ManifestSet.WithOthersAsync("overlays/single-node");
        var config = ManifestSet.Parse(ConfigOf(set, "prometheus-config")["prometheus.yml"]).Single();

        var job = config.Items("scrape_configs").Should().ContainSingle().Subject;
        var target = job.Items("dns_sd_configs").Should().ContainSingle().Subject;
        var service = set.Named("Service", (string)target["names"]!.AsArray().Single()!);
        job.Text("job_name").Should().Be("kvstore", "the rules and the dashboard know it by that");
        service.Items("spec/ports").Should().ContainSingle(port => port.Text("port") == target.Text("port") && port.Text("targetPort") == "metrics");
        service.Text("spec/clusterIP").Should().Be("None", "one address would be one pod");
        service.Text("spec/publishNotReadyAddresses").Should().Be("true");
    }

    [SkippableFact]
    public async Task Grafana_finds_prometheus_and_the_dashboard()
    {
        var set = await ManifestSet.OfAsync("overlays/monitoring");
        using var provisioning = new TemporaryFolder();
        using var dashboards = new TemporaryFolder();
        await MountAsync("grafana", "/etc/grafana/provisioning", provisioning);
        await MountAsync("grafana", "/etc/grafana/dashboards", dashboards);

        var source = Parse(provisioning.At("datasources/datasources.yml")).Items("datasources").Single();
        var server = new Uri(source.Text("url")!);
        set.Named("Service", server.Host).Items("spec/ports").Should().ContainSingle(port => port.Number("port") == server.Port);
        Parse(provisioning.At("dashboards/dashboards.yml")).Items("providers").Single().Text("options/path").Should().Be("/etc/grafana/dashboards");
        File.Exists(dashboards.At("kvstore.json")).Should().BeTrue();
    }

    private static JsonObject Parse(string file) => ManifestSet.Parse(File.ReadAllText(file)).Single();

    private static Dictionary<string, string> ConfigOf(ManifestSet set, string name) =>
        set.Kind("ConfigMap").Single(map => map.Text("metadata/name")!.StartsWith(name, StringComparison.Ordinal)).Map("data");

    // Writes into a folder what the pod finds at a path; returns its first file.
    private static async Task<string> MountAsync(string deployment, string path, TemporaryFolder folder)
    {
        var set = await ManifestSet.OfAsync("overlays/monitoring");
        var pod = PodTemplate.Of(set.Named("Deployment", deployment))!;
        var mount = pod.Containers.Single().Items("volumeMounts").Single(one => one.Text("mountPath") == path);
        var volume = pod.Spec.Items("volumes").Single(one => one.Text("name") == mount.Text("name"));

        var files = new List<string>();
        foreach (var source in volume.Below("configMap"))
        {
            var data = set.Named("ConfigMap", source.Text("name")!).Map("data");
            var items = source.Items("items").Select(item => (Key: item.Text("key")!, Path: item.Text("path")!)).ToList();
            foreach (var (key, file) in items.Count > 0 ? items : [.. data.Keys.Select(key => (key, key))])
            {
                Directory.CreateDirectory(Path.GetDirectoryName(folder.At(file))!);
                await File.WriteAllTextAsync(folder.At(file), data[key]);
                files.Add(folder.At(file));
            }
        }

        return files[0];
    }
}
