using System.Globalization;
using KvStore.Api.Options;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Tests.Unit.Options;

public sealed class SettingsCatalogueTests
{
    /// <summary>For every setting a value that is not its default, and one that it does not take.</summary>
    private static readonly Dictionary<string, (string Good, string Bad)> Samples = new(StringComparer.Ordinal)
    {
        ["KvStore:Server:Address"] = ("127.0.0.1", ""),
        ["KvStore:Server:HttpPort"] = ("0", "65536"),
        ["KvStore:Server:GrpcPort"] = ("0", "-1"),
        ["KvStore:Server:MetricsPort"] = ("9090", "-1"),
        ["KvStore:Limits:MaxKeyBytes"] = ("65535", "0"),
        ["KvStore:Limits:MaxValueBytes"] = ("0", "104857601"),
        ["KvStore:Limits:MaxBatchBytes"] = ("1024", "1023"),
        ["KvStore:Limits:MaxConnections"] = ("1", "0"),
        ["KvStore:Limits:MaxStreams"] = ("1", "0"),
        ["KvStore:Limits:MaxCalls"] = ("1", "0"),
        ["KvStore:Limits:MaxCallBytes"] = ("0", "-1"),
        ["KvStore:Limits:MaxWatchers"] = ("1", "0"),
        ["KvStore:Limits:MaxWatchBytes"] = ("0", "-1"),
        ["KvStore:Limits:KeepAliveSeconds"] = ("3600", "3601"),
        ["KvStore:Limits:HeaderSeconds"] = ("1", "1.5"),
        ["KvStore:Limits:MinBytesPerSecond"] = ("0", "some"),
        ["KvStore:Lifecycle:DrainSeconds"] = ("0.5", "NaN"),
        ["KvStore:Lifecycle:StopSeconds"] = ("300", "1e3"),
        ["KvStore:Store:Shards"] = ("4096", "48"),
        ["KvStore:Store:DataDir"] = ("/var/lib/kvstore", ""),
        ["KvStore:Store:Role"] = ("primary", "Primary"),
        ["KvStore:Durability:Sync"] = ("never", "sometimes"),
        ["KvStore:Durability:SyncIntervalMilliseconds"] = ("1", "0"),
        ["KvStore:Durability:SegmentBytes"] = ("65536", "65535"),
        ["KvStore:Durability:SnapshotLogBytes"] = ("1099511627776", "1099511627777"),
        ["KvStore:Durability:SnapshotBytesPerSecond"] = ("1099511627776", "-1"),
        ["KvStore:Changes:WindowBytes"] = ("65536", "65535"),
        ["KvStore:Changes:WindowRecords"] = ("16", "48"),
    };

    private const string DataDir = "KvStore:Store:DataDir";

    private static readonly Type[] OptionTypes =
        [typeof(ServerOptions), typeof(LimitsOptions), typeof(LifecycleOptions), typeof(StoreOptions), typeof(DurabilitySettings), typeof(ChangesOptions)];

    public static TheoryData<string> Paths => [.. SettingsCatalogue.All.Select(setting => setting.Path)];

    /// <summary>The settings but the address and the directory, which are checked when they are used.</summary>
    public static TheoryData<string> CheckedPaths =>
        [.. SettingsCatalogue.All.Select(setting => setting.Path).Where(path => path is not ("KvStore:Server:Address" or DataDir))];

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_setting_is_taken_whatever_the_case_of_its_name(string path)
    {
        var services = Add([.. Needed(path), (path.ToUpperInvariant(), Samples[path].Good)]);

        Value(services, path).Should().Be(Samples[path].Good);
    }

    [Theory]
    [MemberData(nameof(CheckedPaths))]
    public void A_value_that_it_does_not_take_is_one_line_with_name_value_and_what_is_allowed(string path)
    {
        var setting = SettingsCatalogue.All.Single(setting => setting.Path == path);

        var add = () => Add([.. Needed(path), (path, Samples[path].Bad)]);

        var message = add.Should().Throw<SettingsException>().Which.Message;
        message.Should().Contain(path).And.Contain($"'{Samples[path].Bad}'").And.Contain(setting.Allowed).And.NotContain("\n");
        setting.Aliases.Where(alias => !message.Contains(alias, StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("-0.4")]
    [InlineData("300.4")]
    [InlineData("1e30")]
    [InlineData("Infinity")]
    [InlineData("")]
    public void A_time_that_is_just_or_far_out_of_range_is_refused(string seconds)
    {
        var add = () => Add(("KvStore:Lifecycle:DrainSeconds", seconds));

        add.Should().Throw<SettingsException>().Which.Message.Should().Contain("must be a number from 0 to 300");
    }

    [Fact]
    public void Nothing_given_is_the_defaults()
    {
        var services = Add();

        foreach (var setting in SettingsCatalogue.All)
        {
            Value(services, setting.Path).Should().Be(setting.Default);
        }
    }

    [Fact]
    public void How_the_store_is_to_be_kept_is_refused_where_it_is_not_kept()
    {
        var add = () => Add(("KvStore:Durability:Sync", "always"));

        add.Should().Throw<SettingsException>().Which.Message.Should()
            .Contain("KvStore:Durability:Sync").And.Contain("DATA_DIR").And.NotContain("\n");
    }

    [Fact]
    public void Every_wrong_setting_has_a_line()
    {
        var add = () => Add(("KvStore:Limits:MaxKeyBytes", "x"), ("KvStore:Store:Shards", "3"), ("KvStore:Limits:MaxKeys", "5"));

        add.Should().Throw<SettingsException>().Which.Message.Split(Environment.NewLine).Should().HaveCount(3)
            .And.ContainSingle(line => line == "KvStore:Limits:MaxKeys is not a setting. --help lists them.");
    }

    private static ServiceProvider Add(params (string Path, string Value)[] given)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(given.Select(setting => KeyValuePair.Create(setting.Path, (string?)setting.Value))).Build();
        var services = new ServiceCollection();
        services.AddSettings(configuration);
        return services.BuildServiceProvider();
    }

    /// <summary>What has to be given beside a setting for it to be taken.</summary>
    private static IEnumerable<(string Path, string Value)> Needed(string path) =>
        path.Contains(":Durability:", StringComparison.Ordinal) ? [(DataDir, "/data")] : [];

    private static string? Value(ServiceProvider services, string path)
    {
        var parts = path.Split(':');
        var type = OptionTypes.Single(type => type.Name.StartsWith(parts[1], StringComparison.Ordinal));
        return Convert.ToString(type.GetProperty(parts[2])!.GetValue(services.GetRequiredService(type)), CultureInfo.InvariantCulture);
    }
}
