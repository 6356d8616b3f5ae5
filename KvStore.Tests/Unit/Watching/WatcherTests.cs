using System.Text;
using KvStore.Core.Changes;
using KvStore.Core.Store;
using KvStore.Core.Watching;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Watching;

public sealed class WatcherTests
{
    private readonly ManualTime _time = new();
    private readonly ShardedStore _store;

    public WatcherTests() => _store = new ShardedStore(
        new StoreLimits(MaxValueBytes: 1_024), time: _time, window: new ChangeLogLimits(WindowBytes: 65_536, WindowRecords: 256));

    [Fact]
    public async Task A_watcher_sees_what_happens_to_its_keys_and_nothing_else()
    {
        using var watcher = Watch("a/", ".txt");
        _store.Set("a/1.txt", "one");
        _store.Set("a/1.doc", "other");
        _store.Set("b/1.txt", "other");
        _store.Delete("a/1.txt");
        _store.Set("a/2.txt", "two", new SetOptions("x/y", TimeSpan.FromSeconds(1)));
        _time.Advance(TimeSpan.FromSeconds(2));
        _store.SweepExpired();

        (await ReadAsync(watcher, 4)).Should().Equal(
            "1 Set a/1.txt = one as text/plain; charset=utf-8",
            "4 Delete a/1.txt",
            "5 Set a/2.txt = two as x/y",
            "6 Expire a/2.txt");
        watcher.TryRead(out _).Should().Be(WatchReading.Nothing);
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("key", "", true)]
    [InlineData("", "key", true)]
    [InlineData("ke", "ey", true)]
    [InlineData("key", "key", true)]
    [InlineData("keys", "", false)]
    [InlineData("k", "x", false)]
    [InlineData("", "akey", false)]
    public async Task Prefix_and_suffix_may_overlap_in_a_key(string prefix, string suffix, bool isSeen)
    {
        using var watcher = Watch(prefix, suffix);
        using var all = Watch("", "");
        _store.Set("key", "value");

        (await ReadAsync(all, 1)).Should().HaveCount(1);
        watcher.TryRead(out _).Should().Be(isSeen ? WatchReading.Change : WatchReading.Nothing);
    }

    [Fact]
    public async Task A_watch_resumes_after_the_revision_it_names()
    {
        for (var i = 1; i <= 10; i++)
        {
            _store.Set($"key{i}", "v");
        }

        using var watcher = Watch("", "", since: 7);

        (await ReadAsync(watcher, 3)).Select(change => change.Split(' ')[2]).Should().Equal("key8", "key9", "key10");
        watcher.Revision.Should().Be(10);
    }

    [Fact]
    public void A_watch_from_before_the_window_or_ahead_of_the_store_is_refused()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _store.Set("key", "v");
        }

        _store.Watch(default, since: 1_000 - 256 - 1).Should().BeNull();
        _store.Watch(default, since: 1_001).Should().BeNull();
        _store.Watch(default, since: 1_000 - 256)!.Dispose();
        _store.Watch(default, since: 1_000)!.Dispose();
    }

    [Fact]
    public async Task A_reader_that_is_too_slow_learns_from_where_to_resume()
    {
        using var watcher = Watch("key", "");
        using var fast = Watch("other", "");
        var seen = new List<string>();
        _store.Set("key0", "v");
        seen.AddRange(await ReadAsync(watcher, 1));
        for (var i = 0; i < 250; i++)
        {
            _store.Set("key", "v");
        }

        _store.Set("other", "v");
        await ReadAsync(fast, 1);

        watcher.TryRead(out _).Should().Be(WatchReading.FellBehind);
        watcher.Revision.Should().Be(1);
        using var resumed = Watch("key", "", watcher.Revision);
        (await ReadAsync(resumed, 250)).Should().HaveCount(250, "what it missed is still there for who comes at once");
    }

    [Fact]
    public void Who_resumes_too_late_for_what_then_leaves_the_log_falls_behind()
    {
        for (var i = 0; i < 256; i++)
        {
            _store.Set("key", "v");
        }

        using var resumed = Watch("key", "", since: 0);
        resumed.TryRead(out _).Should().Be(WatchReading.Change);
        for (var i = 0; i < 10; i++)
        {
            _store.Set("other", "v");
        }

        resumed.TryRead(out _).Should().Be(WatchReading.FellBehind);
        resumed.Revision.Should().Be(1);
        _store.Watch(default, since: 1).Should().BeNull();
    }

    [Fact]
    public async Task A_watcher_of_quiet_keys_does_not_fall_behind_on_a_busy_store()
    {
        using var watcher = Watch("quiet", "");
        using var all = Watch("", "");
        for (var i = 1; i <= 1_000; i++)
        {
            _store.Set("busy", "v");
            await ReadAsync(all, 1);
        }

        _store.Set("quiet", "v");
        (await ReadAsync(watcher, 1)).Should().Equal("1001 Set quiet = v as text/plain; charset=utf-8");
    }

    [Fact]
    public async Task A_drain_comes_after_the_last_change()
    {
        using var watcher = Watch("", "");
        _store.Set("key", "v");
        await ReadAsync(watcher, 1);
        var wait = watcher.WaitAsync(CancellationToken.None);
        _store.DrainWatchers();

        await wait;
        watcher.TryRead(out _).Should().Be(WatchReading.Draining);
    }

    [Fact]
    public void A_drain_tells_of_every_change_before_it()
    {
        using var watcher = Watch("", "");
        for (var i = 0; i < 100; i++)
        {
            _store.Set("key", "v");
        }

        // At once: nobody has been told of most of them.
        _store.DrainWatchers();

        var changes = new List<string>();
        while (watcher.TryRead(out var change) == WatchReading.Change)
        {
            changes.Add($"{change.Revision}");
        }

        changes.Should().HaveCount(100);
        watcher.TryRead(out _).Should().Be(WatchReading.Draining);
        watcher.Revision.Should().Be(100);
    }

    [Fact]
    public async Task A_wait_ends_without_news_when_its_time_is_up()
    {
        using var watcher = Watch("quiet", "");
        while (await watcher.WaitAsync(TimeSpan.Zero, CancellationToken.None))
        {
            // What a new watcher looks for at first.
        }

        var isNews = watcher.WaitAsync(TimeSpan.FromMinutes(5), CancellationToken.None);
        _store.Set("quiet", "v");

        (await isNews).Should().BeTrue();
    }

    private IWatcher Watch(string prefix, string suffix, long? since = null) =>
        _store.Watch(new(Encoding.UTF8.GetBytes(prefix), Encoding.UTF8.GetBytes(suffix)), since)!;

    private static async Task<List<string>> ReadAsync(IWatcher watcher, int count)
    {
        var changes = new List<string>();
        while (changes.Count < count)
        {
            if (!TryRead(watcher, changes))
            {
                await watcher.WaitAsync(CancellationToken.None);
            }
        }

        return changes;
    }

    private static bool TryRead(IWatcher watcher, List<string> changes)
    {
        var reading = watcher.TryRead(out var change);
        if (reading == WatchReading.Change)
        {
            var value = change.Kind == ChangeKind.Set ? $" = {Encoding.UTF8.GetString(change.Value)} as {change.ContentType}" : "";
            changes.Add($"{change.Revision} {change.Kind} {Encoding.UTF8.GetString(change.Key)}{value}");
        }

        return reading == WatchReading.Change || (reading != WatchReading.Nothing ? throw new InvalidOperationException($"{reading}") : false);
    }
}
