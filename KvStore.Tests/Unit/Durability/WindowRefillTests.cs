using KvStore.Core.Changes;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Core.Store;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

/// <summary>What a watcher finds of the changes before a restart.</summary>
public sealed class WindowRefillTests
{
    private const int WindowRecords = 64;

    private readonly IDataDirectory _directory = new SimulatedDisk().Open();
    private readonly LogScript _log;
    private readonly ChangeLog _changes = new(new ChangeLogLimits(WindowBytes: 65_536, WindowRecords));

    public WindowRefillTests() => _log = new LogScript(_directory).Store();

    [Theory]
    [InlineData(40, 1)]
    [InlineData(64, 1)]
    [InlineData(200, 137)]
    public void The_window_holds_as_many_of_the_last_changes_as_it_did(int changes, long oldest)
    {
        Write(changes);

        WindowRefill.Run(_directory, _changes, after: 0);

        (_changes.OldestRevision, _changes.LastRevision).Should().Be((oldest, changes));
        using var change = new ChangeBuffer();
        for (var revision = oldest; revision <= changes; revision++)
        {
            _changes.Read(revision, change).Should().Be(ChangeReading.Found);
            change.TryGetRecord(out var record).Should().BeTrue();
            record.Revision.Should().Be(revision);
        }
    }

    [Fact]
    public void It_can_be_ended_early()
    {
        Write(10);

        FluentActions.Invoking(() => WindowRefill.Run(_directory, _changes, after: 0, new CancellationToken(canceled: true)))
            .Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public async Task The_store_is_not_said_to_be_back_before_it_is_done()
    {
        Write(10);
        var phases = new List<RecoveryPhase>();
        DurableStore? durable = null;
        var directory = new WatchedReads(_directory, () => phases.Add(durable!.Status.Phase));
        await using var opened = durable = new DurableStore(directory, new ShardedStore(), new DurabilityOptions(), observer: null);

        await durable.RecoverAsync();

        phases.Distinct().Should().Equal(RecoveryPhase.Log, RecoveryPhase.Index, RecoveryPhase.Window);
        (durable.Status.Phase, durable.Status.RecoveryPercent, durable.Status.RecoveredRecords).Should().Be((RecoveryPhase.Done, 100, 10));
    }

    private void Write(int changes)
    {
        _log.Segment(1);
        for (var i = 1; i <= changes; i++)
        {
            _log.Set($"key{i}", $"{i}");
        }

        _log.End(isClean: true).Write();
        _changes.StartAt(changes);
    }

    /// <summary>Tells of each read of the log.</summary>
    private sealed class WatchedReads(IDataDirectory directory, Action onRead) : DirectoryDecorator(directory)
    {
        protected override IDataFile Decorate(string name, IDataFile file) => LogFormat.TryParseSegment(name, out _) ? new WatchedFile(file, onRead) : file;

        private sealed class WatchedFile(IDataFile file, Action onRead) : FileDecorator(file)
        {
            public override int Read(long offset, Span<byte> destination)
            {
                onRead();
                return base.Read(offset, destination);
            }
        }
    }
}
