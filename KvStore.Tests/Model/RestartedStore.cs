using KvStore.Core.Durability;
using KvStore.Core.Store;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Model;

/// <summary>A store that is kept on a simulated disk, and comes back from it as often as it is ended.</summary>
/// <remarks>Its snapshots are written block by block when a script says so, and so are as fuzzy as can be, and the same in each run.</remarks>
internal sealed class RestartedStore : IDisposable
{
    private readonly DiskStoreSettings _settings;
    private SimulatedDisk _disk = new();
    private DiskStore _opened = null!;
    private SnapshotFile? _snapshot;
    private SnapshotHeader _header;
    private KeyWalk? _keys;

    public RestartedStore(ManualTime time)
    {
        // Nothing waits for the disk, so that each answer is there at once. What a power cut is to leave is synced before.
        _settings = new DiskStoreSettings { Sync = SyncMode.Never, MaxValueBytes = StoreRun.Limits.MaxValueBytes, Window = new(65_536, 1_024), Time = time };
        Begin();
    }

    /// <summary>The store, since the last restart.</summary>
    public ShardedStore Store => _opened.Store;

    private string Unfinished => LogFormat.SnapshotName(_header.Revision) + LogFormat.Unfinished;

    /// <summary>Brings the store back.</summary>
    public void Begin() => _opened = DiskStore.OpenAsync(_disk, _settings).GetAwaiter().GetResult();

    /// <summary>Ends the store, whatever it has begun.</summary>
    public void End(bool isCrash)
    {
        _snapshot?.Dispose();
        _snapshot = null;
        if (isCrash)
        {
            Sync();
            _disk = _disk.PowerCut(Cut.LoseAll);
        }

        _opened.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Begins a snapshot, or writes a block of it, or after the last its end and its name.</summary>
    public void WriteSnapshot()
    {
        var directory = new SimulatedDirectory(_disk);
        if (_snapshot is null)
        {
            _header = new SnapshotHeader(LogFormat.Version, Store.SettledRevision, Guid.Parse(Store.Statistics.HistoryId), Store.LatestTime);
            _snapshot = new SnapshotFile(directory.Create(Unfinished), _header);
            _keys = Store.WalkKeys();
        }
        else if (!_snapshot.WriteSome(Store, _keys!))
        {
            Finish(_snapshot, directory);
            _snapshot = null;
        }
    }

    public void Dispose() => End(isCrash: false);

    private void Finish(SnapshotFile snapshot, SimulatedDirectory directory)
    {
        snapshot.WriteEnd(Store.LastTakenRevision, Store.LatestTime);
        Sync();
        snapshot.Sync();
        snapshot.Dispose();
        directory.Rename(Unfinished, LogFormat.SnapshotName(_header.Revision));
        directory.SyncNames();
    }

    private void Sync() => _opened.Log.SyncAsync(Store.LastTakenRevision).AsTask().WaitAsync(DiskStore.Deadline).GetAwaiter().GetResult().Should().BeTrue();
}
