using KvStore.Core.Changes;
using KvStore.Core.Watching;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Watching;

public sealed class WatchHubTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ChangeLog _log = new(new ChangeLogLimits(WindowBytes: 65_536, WindowRecords: 1_024));

    [Fact]
    public async Task Who_is_left_of_many_that_watch_the_same_is_still_told()
    {
        var hub = new WatchHub(_log);
        var watchers = Enumerable.Range(0, 100).Select(_ => hub.TryAdd(default, since: null)!).ToList();
        foreach (var leaving in watchers.Where((_, i) => i % 10 != 3))
        {
            leaving.Dispose();
            leaving.Dispose();
        }

        hub.Count.Should().Be(10);
        Append();
        foreach (var watcher in watchers.Where((_, i) => i % 10 == 3))
        {
            await ReadAsync(watcher, 1);
            watcher.Dispose();
        }

        hub.Count.Should().Be(0);
    }

    private static async Task ReadAsync(Watcher watcher, long revision)
    {
        WatchReading reading;
        while ((reading = watcher.TryRead(out _)) == WatchReading.Nothing)
        {
            (await watcher.WaitAsync(Patience, CancellationToken.None)).Should().BeTrue("there is a change");
        }

        (reading, watcher.Revision).Should().Be((WatchReading.Change, revision));
    }

    private void Append() =>
        _log.Append(_log.Reserve(1, ChangeRecord.Size(1, 0)), ChangeKind.Delete, timestamp: 0, "k"u8, record: default);
}
