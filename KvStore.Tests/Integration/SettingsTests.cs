using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("PORT", "http", "PORT")]
    [InlineData("PORT", "65536", "65536", "whole number from 0 to 65535")]
    [InlineData("HTTP_PORT", "-1", "HTTP_PORT")]
    [InlineData("METRICS_PORT", "x", "METRICS_PORT")]
    [InlineData("GRPC_PORT", "grpc", "GRPC_PORT", "grpc-port", "whole number from 0 to 65535")]
    [InlineData("KvStore__Limits__MaxKeyBytes", "0", "KvStore:Limits:MaxKeyBytes", "whole number from 1 to 65535")]
    [InlineData("KvStore__Limits__MaxValueBytes", "1e9", "KvStore:Limits:MaxValueBytes")]
    [InlineData("KvStore__Lifecycle__DrainSeconds", "soon", "KvStore:Lifecycle:DrainSeconds", "number from 0 to 300")]
    [InlineData("KvStore__Store__Shards", "3", "KvStore:Store:Shards", "power of two")]
    [InlineData("KvStore__Store__Shard", "4", "KvStore:Store:Shard is not a setting")]
    [InlineData("ROLE", "replica", "ROLE", "primary")]
    [InlineData("KvStore__Durability__Sync", "always", "KvStore:Durability:Sync", "DATA_DIR")]
    [InlineData("REDIS_ADDR", "localhost:6379", "REDIS_ADDR")]
    [InlineData("ASPNETCORE_URLS", "https://localhost:1", "https://localhost:1")]
    [InlineData("ASPNETCORE_URLS", "nonsense", "nonsense")]
    [InlineData("KvStore__Server__Address", "example.org", "example.org")]
    public async Task A_wrong_setting_stops_the_start_with_one_line_that_names_it(string name, string value, params string[] parts)
    {
        var (exitCode, output) = await ServiceProcess.RunToEndAsync("", (name, value));

        exitCode.Should().Be(2);
        output.Trim().Split('\n').Should().ContainSingle().Which.Should().ContainAll(parts);
    }

    [Theory]
    [InlineData("--nonsense=1", "--nonsense")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("--KvStore:Limits:MaxKeyBytes", "needs a value")]
    [InlineData("-metrics-port=x", "metrics-port")]
    public async Task A_wrong_option_stops_the_start_with_one_line_that_names_it(string arguments, string part)
    {
        var (exitCode, output) = await ServiceProcess.RunToEndAsync(arguments);

        exitCode.Should().Be(2);
        output.Trim().Split('\n').Should().ContainSingle().Which.Should().Contain(part);
    }

    [Theory]
    [InlineData("", "PORT=0", "1024")]
    [InlineData("", "KvStore__Limits__MaxKeyBytes=20", "20")]
    [InlineData("", "kvstore__limits__maxkeybytes=20", "20")]
    [InlineData("--KvStore:Limits:MaxKeyBytes=30", "KvStore__Limits__MaxKeyBytes=20", "30")]
    [InlineData("--KvStore:Limits:MaxKeyBytes 30", "PORT=0", "30")]
    [InlineData("-kvstore:limits:maxkeybytes=30", "PORT=0", "30")]
    public async Task The_command_line_wins_over_the_environment_and_that_over_the_default(
        string arguments, string variable, string expected)
    {
        var (name, value) = (variable.Split('=')[0], variable.Split('=')[1]);
        await using var service = await ServiceProcess.StartAsync(arguments, (name, value));

        service.Output.Should().Contain(line => line.Contains($"keys to {expected} bytes", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "PORT=1", "HTTP_PORT=0")]
    [InlineData("", "PORT=1", "KvStore__Server__HttpPort=0")]
    [InlineData("-http-port 0", "PORT=1", "HTTP_PORT=2")]
    [InlineData("--KvStore:Server:HttpPort=0", "PORT=1", "KvStore__Server__HttpPort=2")]
    public async Task Of_the_ways_to_give_the_port_the_longer_name_wins_and_the_command_line_over_all(
        string arguments, params string[] variables)
    {
        await using var service = await ServiceProcess.StartAsync(
            arguments, [.. variables.Select(variable => (variable.Split('=')[0], variable.Split('=')[1]))]);

        service.Address.Port.Should().BeGreaterThan(2, "0 takes a free port");
    }

    [Theory]
    [InlineData("", "GRPC_PORT")]
    [InlineData("", "KvStore__Server__GrpcPort")]
    [InlineData("-grpc-port", "GRPC_PORT")]
    [InlineData("--KvStore:Server:GrpcPort", "GRPC_PORT")]
    public async Task The_grpc_port_is_given_as_the_http_port_is(string option, string variable)
    {
        var port = FreePort.Take();
        await using var service = await ServiceProcess.StartAsync(
            option.Length == 0 ? "" : $"{option}={port}", (variable, option.Length == 0 ? $"{port}" : "1"));

        service.GrpcAddress.Port.Should().Be(port);
        using var client = new GrpcClient(service.GrpcAddress);
        (await client.SetAsync("a")).Should().Be(1);
    }

    [Fact]
    public async Task Urls_leave_the_grpc_port_as_it_is()
    {
        var port = FreePort.Take();
        await using var service = await ServiceProcess.StartAsync("--urls=http://127.0.0.1:0", ("GRPC_PORT", $"{port}"));

        service.GrpcAddress.Port.Should().Be(port);
        service.Address.Port.Should().NotBe(port);
    }

    [Fact]
    public async Task The_environment_wins_over_appsettings_and_that_over_the_default()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, "appsettings.json"),
                """{"KvStore":{"Limits":{"MaxKeyBytes":40,"MaxValueBytes":50},"Server":{"HttpPort":1}}}""");

            await using var service = await ServiceProcess.StartAsync(
                $"--contentRoot={folder.FullName}", ("PORT", "0"), ("KvStore__Limits__MaxValueBytes", "60"));

            service.Address.Port.Should().BeGreaterThan(1, "0 takes a free port");
            service.Output.Should().Contain(line => line.Contains("keys to 40 bytes, values to 60 bytes", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("--urls=http://127.0.0.1:0", "PORT=1")]
    [InlineData("", "ASPNETCORE_URLS=http://127.0.0.1:0")]
    [InlineData("--urls=http://127.0.0.1:0", "ASPNETCORE_URLS=http://127.0.0.1:1")]
    public async Task Urls_replace_address_and_port(string arguments, string variable)
    {
        await using var service = await ServiceProcess.StartAsync(
            arguments, ("PORT", "1"), (variable.Split('=')[0], variable.Split('=')[1]));

        service.Address.Port.Should().BeGreaterThan(1, "0 takes a free port");
        using var client = new ServiceClient(service.Address);
        (await client.GetAsync("/health")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Help_lists_every_setting_and_exits_with_0()
    {
        var (exitCode, output) = await ServiceProcess.RunToEndAsync("--help");

        exitCode.Should().Be(0);
        output.Should().ContainAll(KvStore.Api.Options.SettingsCatalogue.All.Select(setting => "--" + setting.Path));
    }
}
