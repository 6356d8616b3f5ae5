using System.Globalization;
using System.Net;
using KvStore.Api.Options;
using KvStore.Tests.Support;

namespace KvStore.Tests.Manifests;

/// <summary>The service itself, started with what a pod gives it.</summary>
public sealed class RunningServiceTests
{
    private static readonly string[] PortSettings = ["PORT", "GRPC_PORT", "METRICS_PORT"];

    public static TheoryData<string> Stores => [.. ManifestSet.Stores];

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Every_setting_is_one_of_the_service(string store)
    {
        var known = SettingsCatalogue.All.SelectMany(setting => setting.Aliases.Append(setting.EnvironmentVariable));

        Settings.Of(await ManifestSet.OfAsync(store)).Keys.Should().BeSubsetOf(known);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task With_its_settings_the_service_answers_every_probe_as_it_should_and_stops_when_it_is_told(string store)
    {
        var set = await ManifestSet.OfAsync(store);
        var container = set.Pods.Single().Containers.Single();
        using var folder = new TemporaryFolder();
        var settings = OnThisMachine(Settings.Of(set), folder);
        // It drains until the second signal: a slow machine is not to miss it.
        settings["KvStore__Lifecycle__DrainSeconds"] = "300";
        await using var service = await ServiceProcess.StartAsync(environment: [.. settings.Select(pair => (pair.Key, pair.Value))]);
        using var client = new HttpClient();

        async Task<HttpStatusCode> ProbeAsync(string name)
        {
            var probe = container.At(name)!;
            var port = set.Pods.Single().PortOf(probe.Text("httpGet/port"))!.Value;
            var setting = PortSettings.Single(one => Settings.Of(set)[one] == port.ToString(CultureInfo.InvariantCulture));
            using var answer = await client.GetAsync(new Uri($"http://localhost:{settings[setting]}{probe.Text("httpGet/path")}"));
            return answer.StatusCode;
        }

        await Until.IsTrueAsync(async () => await ProbeAsync("readinessProbe") == HttpStatusCode.OK);
        (await ProbeAsync("startupProbe")).Should().Be(HttpStatusCode.OK);
        (await ProbeAsync("livenessProbe")).Should().Be(HttpStatusCode.OK);

        service.Terminate();
        await Until.IsTrueAsync(async () => await ProbeAsync("readinessProbe") == HttpStatusCode.ServiceUnavailable);
        (await ProbeAsync("livenessProbe")).Should().Be(HttpStatusCode.OK, "it is draining, and is not to be restarted for that");

        service.Terminate();
        (await service.WaitForExitAsync()).Should().Be(0);
        Directory.Exists(folder.At("data")).Should().Be(store == "overlays/durable");
    }

    [SkippableFact]
    public async Task A_setting_that_the_service_does_not_have_would_end_the_start()
    {
        using var folder = new TemporaryFolder();
        var settings = OnThisMachine(Settings.Of(await ManifestSet.OfAsync("overlays/durable")), folder);
        settings["KvStore__Lifecycle__DrainSecond"] = "5";

        var (exitCode, output) = await ServiceProcess.RunToEndAsync("", [.. settings.Select(pair => (pair.Key, pair.Value))]);

        exitCode.Should().NotBe(0);
        output.Should().Contain("KvStore:Lifecycle:DrainSecond is not a setting");
    }

    [SkippableFact]
    public async Task A_backup_goes_to_the_port_that_has_it()
    {
        var set = await ManifestSet.WithOthersAsync("overlays/durable");
        var arguments = PodTemplate.Of(set.Named("CronJob", "kvstore-backup"))!.Containers.Single()["args"]!.AsArray().Select(argument => (string)argument!).ToArray();
        var server = new Uri(arguments[^1]);
        set.Named("Service", server.Host).Items("spec/ports").Should().ContainSingle(port => port.Number("port") == server.Port && port.Text("targetPort") == "metrics");

        using var folder = new TemporaryFolder();
        var settings = OnThisMachine(Settings.Of(set), folder);
        await using var service = await ServiceProcess.StartAsync(environment: [.. settings.Select(pair => (pair.Key, pair.Value))]);
        var run = await CliRun.InProcessAsync(
            [.. arguments.Select(argument => argument
                .Replace("/backups/$(POD_NAME)", folder.At("backup"), StringComparison.Ordinal)
                .Replace(server.Authority, $"localhost:{settings["METRICS_PORT"]}", StringComparison.Ordinal))]);

        run.Error.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
        Directory.EnumerateFiles(folder.At("backup"), "STORE").Should().ContainSingle();
    }

    // Ports that are free here and a folder of the test's own; all else is as in the pod.
    private static Dictionary<string, string> OnThisMachine(Dictionary<string, string> settings, TemporaryFolder folder)
    {
        foreach (var port in PortSettings)
        {
            settings[port] = FreePort.Take().ToString(CultureInfo.InvariantCulture);
        }

        if (settings.ContainsKey("DATA_DIR"))
        {
            settings["DATA_DIR"] = folder.At("data");
        }

        return settings;
    }
}
