using System.Runtime.CompilerServices;
using KvStore.Core.Changes;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Faults;

/// <summary>How a test's store is kept on its disk: as small as can be, so that everything happens often.</summary>
internal sealed record DiskStoreSettings
{
    public SyncMode Sync { get; init; } = SyncMode.Always;

    /// <summary>The longest value. Half the window must hold a record, and a segment that: so it decides how long those are.</summary>
    public int MaxValueBytes { get; init; } = 2_000;

    /// <summary>The fewest bytes of a segment; 0 = as few as the window allows.</summary>
    public int SegmentBytes { get; init; }

    public ChangeLogLimits Window { get; init; } = new(WindowBytes: 16_384, WindowRecords: 64);

    public ManualTime Time { get; init; } = new();

    public PlantedFault Fault { get; init; }

    public IDurabilityObserver? Observer { get; init; }

    /// <summary>Whether the thread that makes segments works only when nobody writes, so that every run does the same in the same order.</summary>
    public bool IsInTurns { get; init; }

    /// <summary>A store as it is before it is recovered.</summary>
    public ShardedStore NewStore() => new(new StoreLimits(MaxKeyBytes: 64, MaxValueBytes), shards: 4, Time, Window);
}

/// <summary>A store on a simulated disk.</summary>
internal sealed class DiskStore : IAsyncDisposable
{
    /// <summary>A safety net, and no measure of anything: whatever has not come by then never will.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Turns? _turns;

    private DiskStore(SimulatedDisk disk, DiskStoreSettings settings)
    {
        _turns = settings.IsInTurns ? new Turns(disk.Open()) : null;
        Disk = disk;
        Store = settings.NewStore();
        var options = new DurabilityOptions
        {
            Sync = settings.Sync,
            SegmentBytes = settings.SegmentBytes,
            SnapshotLogBytes = long.MaxValue,
            RetryAfterFull = TimeSpan.FromMilliseconds(1),
        };
        Durable = new DurableStore(PlantedFaults.Plant(settings.Fault, _turns ?? disk.Open()), Store, options, settings.Observer);
    }

    public SimulatedDisk Disk { get; }

    public ShardedStore Store { get; }

    public DurableStore Durable { get; }

    /// <summary>What the start has found.</summary>
    public RecoverySummary Found { get; private set; } = null!;

    /// <summary>The log.</summary>
    public WriteAheadLog Log => LogOf(Durable)!;

    /// <summary>Opens a disk, and recovers what is on it.</summary>
    public static async Task<DiskStore> OpenAsync(SimulatedDisk disk, DiskStoreSettings? settings = null)
    {
        var opened = new DiskStore(disk, settings ?? new DiskStoreSettings());
        try
        {
            opened.Found = await opened.Durable.RecoverAsync().WaitAsync(Deadline);
            return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until everything that has been written is with the system, and the next segment is ready, or never will be.</summary>
    public void Settle()
    {
        _turns?.Let();
        Until(() => Log.Failure is not null || (IsWritten && IsPoolIdle));
        _turns?.Hold();
    }

    /// <summary>Has no one take turns any more.</summary>
    public void LetAll() => _turns?.Let();

    /// <summary>Waits for something that other threads bring about and that nothing can be awaited for.</summary>
    public static void Until(Func<bool> condition) =>
        SpinWait.SpinUntil(condition, Deadline).Should().BeTrue("it comes about sooner or later");

    /// <summary>Stops in good order.</summary>
    public async Task StopAsync()
    {
        LetAll();
        await Durable.StopAsync().WaitAsync(Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        LetAll();
        await Durable.DisposeAsync().AsTask().WaitAsync(Deadline);
    }

    private bool IsWritten => Log.Position == Store.Changes.LastRevision && Volatile.Read(ref BufferedOf(Log)) == 0;

    private bool IsPoolIdle
    {
        get
        {
            var pool = PoolOf(Log);
            lock (GateOf(pool))
            {
                return UnclaimedOf(pool) > 0 || IsFullOf(pool) || IsEndedOf(pool);
            }
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_log")]
    private static extern ref WriteAheadLog? LogOf(DurableStore store);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_pool")]
    private static extern ref SegmentPool PoolOf(WriteAheadLog log);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_buffered")]
    private static extern ref int BufferedOf(WriteAheadLog log);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_gate")]
    private static extern ref object GateOf(SegmentPool pool);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_unclaimed")]
    private static extern ref int UnclaimedOf(SegmentPool pool);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_isFull")]
    private static extern ref bool IsFullOf(SegmentPool pool);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_isEnded")]
    private static extern ref bool IsEndedOf(SegmentPool pool);

    /// <summary>Has the thread that makes segments wait where it begins with one.</summary>
    private sealed class Turns(IDataDirectory directory) : DirectoryDecorator(directory)
    {
        private readonly ManualResetEventSlim _turn = new(initialState: true);

        public void Let() => _turn.Set();

        public void Hold() => _turn.Reset();

        public override IReadOnlyList<string> List()
        {
            if (Thread.CurrentThread.Name == "wal-segments")
            {
                _turn.Wait();
            }

            return base.List();
        }
    }
}
