using System.Diagnostics;

namespace KvStore.Tests.Support;

/// <summary>Prometheus' own checks.</summary>
internal static class Promtool
{
    /// <summary>Runs it on the files of the repository; skips the test where it is not installed.</summary>
    /// <returns>How it ended, and all that it said.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(RequiredTool.SkipUnless("promtool"), arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        })!;
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(output));
    }
}
