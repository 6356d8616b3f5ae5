using System.Globalization;
using KvStore.Core.Changes;
using KvStore.Core.Store;
using KvStore.Core.Watching;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak;

/// <summary>An export beside writers, with the changes after its revision on top, is the store.</summary>
public sealed class ExportReplayTests : IDisposable
{
    private const int Keys = 3_000;
    private const int WritesOfEach = 15_000;
    private const int Rounds = 5;

    private readonly ManualTime _time = new();
    private readonly ShardedStore _store;

    public ExportReplayTests() => _store = new ShardedStore(time: _time);

    public void Dispose() => _store.DrainWatchers();

    [Fact]
    public async Task An_export_and_the_changes_after_it_are_the_store_key_by_key()
    {
        for (var round = 0; round < Rounds; round++)
        {
            Fill();
            using var meddling = new MeddlingStream(this, round);
            var export = Task.Run(() => Transfer.ExportAsync(_store, meddling));
            Together.Run([.. Enumerable.Range(0, 2).Select(writer => (Action)(() => Write(new Random((round * 10) + writer), WritesOfEach)))]);
            var (revision, body) = await export;

            meddling.Meddled.Should().BePositive("the export was written in several pieces");
            var lines = Transfer.Parse(body);
            lines.Select(line => line.Key).Should().BeInAscendingOrder(StringComparer.Ordinal).And.OnlyHaveUniqueItems();
            (await ReplayAsync(revision, lines)).Should().BeEquivalentTo(await StoreAsync());
        }
    }

    private async Task<Dictionary<string, ExportedLine>> ReplayAsync(long revision, List<ExportedLine> lines)
    {
        // Expired keys are gone at once, and their events come with the sweep.
        _store.SweepExpired();
        var replayed = lines.ToDictionary(line => line.Key, StringComparer.Ordinal);
        using var watcher = _store.Watch(default, revision)!;
        var end = await _store.GetSettledRevisionAsync();
        while (watcher.Revision < end)
        {
            if (!Apply(watcher, replayed))
            {
                await watcher.WaitAsync(CancellationToken.None);
            }
        }

        return replayed;
    }

    private static bool Apply(IWatcher watcher, Dictionary<string, ExportedLine> replayed)
    {
        var reading = watcher.TryRead(out var change);
        if (reading == WatchReading.Nothing)
        {
            return false;
        }

        reading.Should().Be(WatchReading.Change);
        var key = System.Text.Encoding.UTF8.GetString(change.Key);
        if (replayed.TryGetValue(key, out var line) && line.Revision >= change.Revision)
        {
            return true;
        }

        if (change.Kind == ChangeKind.Set)
        {
            replayed[key] = new ExportedLine(key, Convert.ToHexString(change.Value), change.ContentType, TimeOf(change.ExpiresAt), change.Revision);
        }
        else
        {
            replayed.Remove(key);
        }

        return true;
    }

    private async Task<Dictionary<string, ExportedLine>> StoreAsync()
    {
        var (_, body) = await Transfer.ExportAsync(_store);
        var lines = Transfer.Parse(body);
        lines.Select(line => line.Key).Should().Equal(_store.Search());
        return lines.ToDictionary(line => line.Key, StringComparer.Ordinal);
    }

    private void Fill()
    {
        for (var i = 0; i < Keys; i++)
        {
            _store.Set(Key(i), "filled");
        }
    }

    private void Write(Random random, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var key = Key(random.Next(Keys));
            switch (random.Next(10))
            {
                case < 3:
                    _store.Delete(key);
                    break;
                case 3:
                    _store.SetFor(random.Next(1, 1_000), key, "expiring");
                    _time.Advance(1);
                    break;
                default:
                    _store.Set(key, new string('v', random.Next(300)), new SetOptions(random.Next(2) == 0 ? "text/css" : null));
                    break;
            }
        }
    }

    private static string Key(int number) => number.ToString("d6", CultureInfo.InvariantCulture);

    private static string? TimeOf(long expiresAt) => expiresAt == 0
        ? null
        : DateTimeOffset.FromUnixTimeMilliseconds(expiresAt).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>Changes the store whenever a piece of the export is sent, so that writes come between for certain.</summary>
    private sealed class MeddlingStream(ExportReplayTests test, int seed) : MemoryStream
    {
        private readonly Random _random = new(1_000 + seed);

        public int Meddled { get; private set; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Meddled++;
            test.Write(_random, 200);
            await base.WriteAsync(buffer, cancellationToken);
        }
    }
}
