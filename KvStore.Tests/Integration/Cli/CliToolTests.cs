using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Cli;

/// <summary>The command line as the package that its users install.</summary>
public sealed class CliToolTests
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    [Fact]
    public async Task The_package_installs_as_a_tool_that_talks_to_a_server()
    {
        using var folder = new TemporaryFolder();
        await using var service = new ServiceFactory();

        await DotnetAsync("pack", "KvStore.Cli", "--no-build", "--configuration", Configuration, "--output", folder.At("packages"));
        await DotnetAsync("tool", "install", "KvStore.Cli", "--source", folder.At("packages"), "--tool-path", folder.Path);

        var set = await ProgramRun.ToEndAsync(folder.At("kvstore"), ["set", "a", "hello", "--server", service.GrpcAddress.Authority]);
        set.Should().Be(new ProgramRun(0, "created at revision 1\n", ""));
    }

    private static async Task DotnetAsync(params string[] arguments)
    {
        var run = await ProgramRun.ToEndAsync("dotnet", arguments);
        run.ExitCode.Should().Be(0, run.Said);
        run.Said.Should().NotContain("warning").And.NotContain("missing");
    }
}
