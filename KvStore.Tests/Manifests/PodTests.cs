using System.Globalization;
using KvStore.Api.Options;
using KvStore.Tests.Support;

namespace KvStore.Tests.Manifests;

/// <summary>What every pod keeps to, and how those of the service stop.</summary>
public sealed class PodTests
{
    private const int LogEndSeconds = 2;

    private static readonly string[] HostNamespaces = ["hostNetwork", "hostPID", "hostIPC"];
    private static readonly string[] Probes = ["startupProbe", "livenessProbe", "readinessProbe"];

    public static TheoryData<string> Folders => [.. ManifestSet.Folders];

    public static TheoryData<string> Stores => [.. ManifestSet.Stores];

    // https://kubernetes.io/docs/concepts/security/pod-security-standards, and beyond: a root file system that nobody writes to, no token.
    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public async Task Pods_have_no_rights(string folder)
    {
        foreach (var pod in (await ManifestSet.OfAsync(folder)).Pods)
        {
            pod.Spec.Text("securityContext/runAsNonRoot").Should().Be("true", pod.Name);
            pod.Spec.Number("securityContext/runAsUser").Should().BePositive(pod.Name);
            pod.Spec.Text("securityContext/seccompProfile/type").Should().Be("RuntimeDefault", pod.Name);
            pod.Spec.Text("automountServiceAccountToken").Should().Be("false", pod.Name);
            pod.Spec.Text("enableServiceLinks").Should().Be("false", pod.Name);
            HostNamespaces.Should().OnlyContain(name => pod.Spec.At(name) == null, pod.Name);
            pod.Spec.Below("hostPath").Concat(pod.Spec.Below("hostPort")).Should().BeEmpty(pod.Name);

            foreach (var container in pod.Containers)
            {
                container.Text("securityContext/allowPrivilegeEscalation").Should().Be("false", pod.Name);
                container.Text("securityContext/readOnlyRootFilesystem").Should().Be("true", pod.Name);
                container.At("securityContext/capabilities")!.ToJsonString().Should().Be("""{"drop":["ALL"]}""", pod.Name);
                container.At("securityContext/privileged").Should().BeNull(pod.Name);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public async Task Pods_run_images_of_one_version_and_say_what_they_need(string folder)
    {
        foreach (var pod in (await ManifestSet.OfAsync(folder)).Pods)
        {
            foreach (var container in pod.Containers)
            {
                container.Text("image").Should().MatchRegex(@"^[a-z/-]+:v?\d+\.\d+\.\d+$", pod.Name);
                container.Map("resources/requests").Keys.Should().BeEquivalentTo(["cpu", "memory"], pod.Name);
                container.Map("resources/limits").Keys.Should().Contain("memory", pod.Name);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public async Task A_probe_of_liveness_never_looks_at_readiness(string folder)
    {
        foreach (var pod in (await ManifestSet.OfAsync(folder)).Pods.Where(pod => pod.Owner.Text("kind") != "CronJob"))
        {
            foreach (var container in pod.Containers)
            {
                Probes.Should().OnlyContain(probe => container.At(probe + "/httpGet") != null, pod.Name);
                container.Text("livenessProbe/httpGet/path").Should().NotContain("ready", pod.Name);
                container.Text("startupProbe/httpGet/path").Should().Be(container.Text("livenessProbe/httpGet/path"), pod.Name);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Clients_that_take_all_connections_do_not_have_a_pod_restarted(string store)
    {
        var container = (await ManifestSet.OfAsync(store)).Pods.Single().Containers.Single();

        foreach (var probe in (string[])["startupProbe", "livenessProbe"])
        {
            container.Text(probe + "/httpGet/port").Should().Be("metrics", "that port has connections of its own");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task The_grace_period_is_longer_than_all_that_a_stop_may_take(string folder)
    {
        var set = await ManifestSet.OfAsync(folder);
        var pod = set.Pods.Single();
        var settings = Settings.Of(set);
        double Seconds(string name) => double.Parse(settings[name], CultureInfo.InvariantCulture);

        pod.Spec.Number("terminationGracePeriodSeconds").Should().BeGreaterThan((int)Math.Ceiling(
            pod.Containers.Single().Number("lifecycle/preStop/sleep/seconds")
            + Seconds($"KvStore__Lifecycle__{nameof(LifecycleOptions.DrainSeconds)}")
            + Seconds($"KvStore__Lifecycle__{nameof(LifecycleOptions.StopSeconds)}")
            + LogEndSeconds));
    }

    [SkippableTheory]
    [InlineData("overlays/single-node")]
    [InlineData("overlays/multi-node")]
    public async Task A_rollout_takes_no_pod_away_before_another_is_ready(string folder)
    {
        var deployment = (await ManifestSet.OfAsync(folder)).Named("Deployment", "kvstore");

        deployment.At("spec/strategy")!.ToJsonString().Should().Be("""{"rollingUpdate":{"maxSurge":"1","maxUnavailable":"0"},"type":"RollingUpdate"}""");
    }

    [SkippableFact]
    public async Task A_pod_with_a_volume_is_one_and_its_user_may_write_there_alone()
    {
        var set = await ManifestSet.OfAsync("overlays/durable");
        var pod = set.Pods.Single();

        pod.Owner.Text("kind").Should().Be("StatefulSet");
        pod.MostReplicas(set).Should().Be(1);
        pod.Spec.Text("securityContext/fsGroup").Should().Be("1654");
        var mount = pod.Containers.Single().Items("volumeMounts").Should().ContainSingle().Subject;
        mount.Text("mountPath").Should().Be(Settings.Of(set)["DATA_DIR"]);
        pod.Owner.Items("spec/volumeClaimTemplates").Should().ContainSingle(claim => claim.Text("metadata/name") == mount.Text("name"));
    }

    [SkippableFact]
    public async Task A_recovery_of_many_minutes_is_no_reason_to_restart_a_pod_with_a_volume()
    {
        var probe = (await ManifestSet.OfAsync("overlays/durable")).Pods.Single().Containers.Single();

        (probe.Number("startupProbe/failureThreshold") * probe.Number("startupProbe/periodSeconds")).Should().BeGreaterThanOrEqualTo(600);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Several_pods_in_memory_are_run_by_one_overlay_and_its_first_lines_say_what_that_means(string folder)
    {
        var set = await ManifestSet.OfAsync(folder);

        var opening = string.Join('\n', File.ReadLines(ManifestSet.PathOf(Path.Combine(folder, "kustomization.yaml"))).TakeWhile(line => line.StartsWith('#')));
        opening.Contains("THE PODS SHARE NO KEYS", StringComparison.Ordinal).Should().Be(set.Pods.Single().MostReplicas(set) > 1);
        (set.Pods.Single().MostReplicas(set) > 1).Should().Be(folder == "overlays/multi-node");
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task The_service_runs_as_the_user_of_its_image_on_the_ports_of_its_image(string folder)
    {
        var set = await ManifestSet.OfAsync(folder);
        var pod = set.Pods.Single();
        var settings = Settings.Of(set);

        pod.Spec.Text("securityContext/runAsUser").Should().Be("1654");
        pod.Ports.Select(port => (port.Text("name"), port.Text("containerPort"))).Should().Equal(
            ("http", settings["PORT"]), ("grpc", settings["GRPC_PORT"]), ("metrics", settings["METRICS_PORT"]));
        File.ReadLines(Path.Combine(Repository.Root, "Dockerfile")).Should().Contain($"EXPOSE {settings["PORT"]} {settings["GRPC_PORT"]}");
    }
}
