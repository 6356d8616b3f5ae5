using KvStore.Core.Durability;

namespace KvStore.Tests.Faults;

/// <summary>Something to do with a store, the same each time, until the power goes.</summary>
/// <param name="Name">What failed tests call it.</param>
/// <param name="MaxValueBytes">The longest value in it.</param>
/// <param name="RunAsync">Does it, with a store that is not open yet.</param>
internal sealed record CrashWorkload(string Name, int MaxValueBytes, Func<CrashSession, Task> RunAsync)
{
    /// <summary>A few writes.</summary>
    public static CrashWorkload Few { get; } = new("a few writes", 1_500, async session =>
    {
        await session.OpenAsync();
        await session.SetAsync("a", 10);
        await session.SetAsync("b", 1_400);
        await session.BatchAsync(30, ["a", "c"], "b");
        await session.DeleteAsync("c");
        await session.StopAsync();
    });

    /// <summary>A segment is filled, the next one begun, a snapshot taken, and a used segment used again.</summary>
    public static CrashWorkload Rotation { get; } = new("rotation and snapshot", 1_500, async session =>
    {
        await session.OpenAsync();
        for (var i = 0; i < 7; i++)
        {
            await session.SetAsync($"a{i}", 1_300);
        }

        await session.BatchAsync(700, ["a1", "b1", "b2"], "a2");
        await session.SnapshotAsync();
        for (var i = 0; i < 7; i++)
        {
            await session.SetAsync($"a{i % 5}", 1_100 + (i * 50));
        }

        await session.DeleteAsync("a1");
        await session.SnapshotAsync();
        await session.SetAsync("c", 1_500);
        await session.StopAsync();
    });

    /// <summary>All kinds of writes, in several lives of the store.</summary>
    public static CrashWorkload Everything { get; } = new("everything", 2_000, async session =>
    {
        await session.OpenAsync();
        await session.SetAsync("empty", 0);
        await session.SetAsync("json", 300, contentType: "application/json");
        await session.SetAsync("own", 40, contentType: "text/x-of-its-own; charset=utf-8");
        await session.SetAsync("soon", 20, ttlMilliseconds: 500);
        await session.SetAsync("late", 20, ttlMilliseconds: 1_000_000_000);
        await session.BatchAsync(900, ["a", "b", "c", "json"], "own");
        await session.ExpireAsync("soon", 600);
        await session.ReopenAsync();
        for (var i = 0; i < 12; i++)
        {
            await session.SetAsync($"a{i % 3}", (i * 397) % 2_000);
        }

        await session.SnapshotAsync();
        await session.SetAsync("soon", 30, ttlMilliseconds: 500);
        await session.DeleteAsync("a0");
        await session.ExpireAsync("soon", 600);
        await session.ReopenAsync();
        await session.SnapshotAsync();
        for (var i = 0; i < 9; i++)
        {
            await session.BatchAsync(600, [$"d{i % 2}", $"e{i}", $"d{i % 2}"], i < 2 ? [$"a{i + 1}"] : []);
        }

        await session.SnapshotAsync();
        await session.SetAsync("last", 2_000);
        await session.StopAsync();
    });

    /// <summary>Values that are longer than what the log gathers before it writes.</summary>
    public static CrashWorkload Large { get; } = new("large values", 300_000, async session =>
    {
        await session.OpenAsync();
        await session.SetAsync("a", 300_000);
        await session.SetAsync("b", 262_144 - 80);
        await session.BatchAsync(200_000, ["c", "a", "d"]);
        await session.SetAsync("e", 290_000);
        await session.SnapshotAsync();
        await session.SetAsync("a", 299_999);
        await session.SetAsync("f", 280_000);
        await session.SetAsync("g", 1);
        await session.StopAsync();
    });

    /// <summary>How the store is kept.</summary>
    public DiskStoreSettings Settings(SyncMode mode, PlantedFault fault) =>
        new() { Sync = mode, MaxValueBytes = MaxValueBytes, Fault = fault, IsInTurns = true };

    public override string ToString() => Name;
}
