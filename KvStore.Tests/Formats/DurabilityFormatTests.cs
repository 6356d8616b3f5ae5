using KvStore.Core.Changes;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Formats;

/// <summary>What is on disks stays readable: the bytes of version 1 are kept in the folder v1, and are never to be changed.</summary>
public sealed class DurabilityFormatTests
{
    private const long Created = 1_767_225_600_000;

    private static readonly string Folder = Path.Combine(Repository.Root, "KvStore.Tests", "Formats", "v1");

    private readonly IDataDirectory _directory = new SimulatedDisk().Open();

    [Fact]
    public void A_store_of_version_1_is_written_as_ever()
    {
        var log = Write(_directory);

        DirectoryBytes.Get(_directory, "STORE").Should().Equal(Golden("STORE"));
        DirectoryBytes.Get(_directory, LogFormat.SegmentName(1)).Should().Equal(Golden(LogFormat.SegmentName(1)));
        log.Revision.Should().Be(9);
    }

    [Fact]
    public void A_log_of_version_1_is_read_as_ever()
    {
        Copy("STORE", LogFormat.SegmentName(1));
        using var other = new SimulatedDisk().Open();

        var (store, result) = DirectoryBytes.Recover(_directory);

        DirectoryBytes.Content(store).Should().BeEquivalentTo(Write(other).States[^1]);
        result.Should().BeEquivalentTo(new { LastRevision = 9L, LatestTime = Created + 9, HistoryId = LogScript.History, IsHistoryNew = false });
    }

    [Fact]
    public async Task A_snapshot_of_version_1_is_written_as_ever()
    {
        Copy("STORE", LogFormat.SegmentName(1));
        var (store, _) = DirectoryBytes.Recover(_directory);

        await new SnapshotWriter(_directory, store, new ManualTime()).WriteAsync(_ => ValueTask.CompletedTask, () => Created + 10);

        DirectoryBytes.Get(_directory, LogFormat.SnapshotName(9)).Should().Equal(Golden(LogFormat.SnapshotName(9)));
    }

    [Fact]
    public void A_snapshot_of_version_1_is_read_as_ever()
    {
        Copy("STORE", LogFormat.SegmentName(1), LogFormat.SnapshotName(9));
        using var other = new SimulatedDisk().Open();

        var (store, result) = DirectoryBytes.Recover(_directory);

        DirectoryBytes.Content(store).Should().BeEquivalentTo(Write(other).States[^1]);
        result.Should().BeEquivalentTo(new { LastRevision = 9L, LatestTime = Created + 10, Snapshot = new { Revision = 9L } });
    }

    [Fact]
    public void Numbers_in_files_never_change()
    {
        Enum.GetValues<ChangeKind>().Select(kind => ($"{kind}", (int)kind)).Should().Equal(("None", 0), ("Set", 1), ("Delete", 2), ("Expire", 3));
        ((uint)FrameFlags.CleanStop, (uint)FrameFlags.SyncedBefore).Should().Be((0x4000_0000u, 0x8000_0000u));
        (LogFormat.Version, LogFormat.HeaderBytes, LogFormat.FrameBytes, LogFormat.BlockBytes, LogFormat.EntryBytes).Should().Be((1u, 64, 16, 12, 8));
        (LogFormat.SegmentName(1), LogFormat.SnapshotName(1), LogFormat.IdentityName).Should().Be(
            ("wal-00000000000000000001.log", "snapshot-00000000000000000001.snap", "STORE"));
    }

    [Fact]
    public void The_example_of_the_record_page_is_right()
    {
        var segment = new LogScript(_directory).Segment(1).Set("greeting", "hello").Bytes();

        HexExample.Of("record-format.md").Should().Equal(segment[(LogFormat.HeaderBytes + LogFormat.FrameBytes)..]);
    }

    [Fact]
    public void The_example_of_the_log_page_is_right()
    {
        HexExample.Of("wal-format.md").Should().Equal(
            new LogScript(_directory).Segment(1).Set("greeting", "hello").Synced().Delete("greeting").End(isClean: true).Bytes());
    }

    [Fact]
    public void The_example_of_the_snapshot_page_is_right()
    {
        SnapshotScript.Write(_directory, 1, 1, [("greeting", new StoredValue(1, "hello", "", 0))], Created + 1);

        HexExample.Of("snapshot-format.md").Should().Equal(DirectoryBytes.Get(_directory, LogFormat.SnapshotName(1)));
    }

    private static LogScript Write(IDataDirectory directory) => new LogScript(directory).Store().Segment(1)
        .Set("plain", "text")
        .Set("json", "{}", contentType: "application/json")
        .Set("own", "x", contentType: "application/x-own").Synced()
        .Set("long", new string('l', 300))
        .Set("a", "1", more: true).Delete("plain", more: true).Set("expiring", "e", expiresAt: Created + 3_600_000)
        .Nothing().Synced()
        .Delete("a", kind: ChangeKind.Expire)
        .End(isClean: true).Write(length: 0);

    private static byte[] Golden(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    private void Copy(params string[] names)
    {
        foreach (var name in names)
        {
            DirectoryBytes.Put(_directory, name, Golden(name));
        }
    }
}
