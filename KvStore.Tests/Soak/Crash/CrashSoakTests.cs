using System.Globalization;
using KvStore.Tests.Support;
using Xunit.Abstractions;

namespace KvStore.Tests.Soak.Crash;

/// <summary>
/// Processes that are killed while many clients write, and started again. Longer, by environment variables: <c>KVSTORE_CRASH_ROUNDS</c>,
/// <c>KVSTORE_CRASH_SEED</c>, and <c>KVSTORE_CRASH_FOLDER</c> for what is to be looked at afterwards; <c>bench/crash-soak.sh</c> sets them.
/// </summary>
[Collection(nameof(Alone))]
public sealed class CrashSoakTests(ITestOutputHelper output)
{
    private static readonly int Rounds = int.Parse(Setting("ROUNDS") ?? "20", CultureInfo.InvariantCulture);

    // What does not sync first is the same code but for what a kill may take: fewer rounds show that.
    private static readonly int RoundsOfOthers = Math.Max(5, Rounds / 10);

    [Fact]
    public Task No_kill_loses_what_was_acknowledged_or_shown() => RunAsync("always", Rounds);

    [Theory]
    [InlineData("interval")]
    [InlineData("never")]
    public Task Without_a_sync_a_kill_loses_nothing_that_the_log_has_and_the_history_tells_of_it(string sync) => RunAsync(sync, RoundsOfOthers);

    private async Task RunAsync(string sync, int rounds)
    {
        var seed = Setting("SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        var folder = Path.Combine(Setting("FOLDER") ?? Directory.CreateTempSubdirectory("kvstore-crash-").FullName, sync);
        Report(folder, $"{sync}: seed {seed}, {rounds} rounds, in {folder}");
        var soak = new CrashSoak(folder, sync, seed);
        try
        {
            await soak.RunAsync(rounds, line => Report(folder, line));
        }
        catch (Exception exception)
        {
            // The directory stays, to be looked at.
            Report(folder, $"{sync}: FAILED with seed {seed}, see {folder}. {soak.Counts}\n{exception}");
            throw;
        }

        Report(folder, $"{sync}: lost = 0");
        if (Setting("FOLDER") is null)
        {
            Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
        }
    }

    private static string? Setting(string name) =>
        Environment.GetEnvironmentVariable("KVSTORE_CRASH_" + name) is { Length: > 0 } value ? value : null;

    /// <summary>Tells of the run, and where a folder is given also before the end.</summary>
    private void Report(string folder, string line)
    {
        output.WriteLine(line);
        if (Setting("FOLDER") is { } all)
        {
            Directory.CreateDirectory(all);
            File.AppendAllText(Path.Combine(all, "report.txt"), line + "\n");
        }
    }
}
