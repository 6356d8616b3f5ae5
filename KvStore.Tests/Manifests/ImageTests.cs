using KvStore.Tests.Support;

namespace KvStore.Tests.Manifests;

/// <summary>How the images are built, as far as that can be seen without building them.</summary>
public sealed class ImageTests
{
    private const string Run = "RUN ";

    [Fact]
    public async Task Every_command_is_one_of_the_shell_that_runs_it_and_is_for_the_platform_and_version_that_are_asked_for()
    {
        // BuildKit gives them to /bin/sh, which is no bash on Debian and Ubuntu.
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "Dockerfile"));
        string[] commands = [.. text.Replace("\\\n", "", StringComparison.Ordinal).Split('\n')
            .Where(line => line.StartsWith(Run, StringComparison.Ordinal)).Select(line => line[Run.Length..])];
        var script = string.Join('\n', (string[])["set -eu", "dotnet() { echo dotnet \"$@\"; }", "mkdir() { :; }", .. commands]);

        var run = await ProgramRun.ToEndAsync("/bin/sh", ["-c", script], "", ("TARGETARCH", "arm64"), ("VERSION", "1.2.3"));

        run.ExitCode.Should().Be(0, run.Said);
        var called = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        called.Should().HaveCount(4).And.OnlyContain(line => line.Contains("--arch arm64", StringComparison.Ordinal));
        called.Where(line => line.Contains("publish", StringComparison.Ordinal)).Should().HaveCount(2).And.OnlyContain(
            line => line.Contains("Version=1.2.3", StringComparison.Ordinal));
    }
}
