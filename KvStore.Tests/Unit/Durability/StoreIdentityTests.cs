using System.Text;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

public sealed class StoreIdentityTests
{
    private readonly IDataDirectory _directory = new SimulatedDisk().Open();

    [Fact]
    public void What_was_written_is_found()
    {
        StoreIdentity.Write(_directory, LogScript.History);
        StoreIdentity.Find(_directory)!.HistoryId.Should().Be(LogScript.History);

        var other = Guid.NewGuid();
        StoreIdentity.Write(_directory, other);
        StoreIdentity.Find(_directory)!.HistoryId.Should().Be(other);
        _directory.List().Should().Equal("STORE");
    }

    [Fact]
    public void A_directory_without_files_is_new()
    {
        StoreIdentity.Find(_directory).Should().BeNull();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(64)]
    [InlineData(80)]
    [InlineData(4_096)]
    public void What_an_interrupted_making_leaves_is_new_and_goes(int segmentBytes)
    {
        DirectoryBytes.Put(_directory, "STORE.tmp", [1]);
        DirectoryBytes.Put(_directory, LogFormat.SegmentName(2) + ".tmp", [1]);
        var segment = new byte[segmentBytes];
        new LogScript(_directory).Segment(1).End(isClean: true).Bytes().AsSpan(0, Math.Min(80, segmentBytes)).CopyTo(segment);
        DirectoryBytes.Put(_directory, LogFormat.SegmentName(1), segment);

        StoreIdentity.Find(_directory).Should().BeNull();

        StoreIdentity.Clear(_directory);
        _directory.List().Should().BeEmpty();
    }

    [Fact]
    public void Files_of_something_else_are_refused_and_left()
    {
        DirectoryBytes.Put(_directory, "dump.rdb", [1]);

        FluentActions.Invoking(() => StoreIdentity.Find(_directory)).Should().Throw<DataDirectoryException>()
            .WithMessage("/simulated holds files that are not KvStore's, such as 'dump.rdb': it was left as it is.");
        _directory.List().Should().Equal("dump.rdb");
    }

    [Fact]
    public void Changes_without_STORE_are_no_new_directory()
    {
        new LogScript(_directory).Segment(1).Set("a", "1").Write();

        FluentActions.Invoking(() => StoreIdentity.Find(_directory)).Should().Throw<StoreDamagedException>().Which.File.Should().Be("STORE");
    }

    [Fact]
    public void A_snapshot_without_STORE_is_no_new_directory()
    {
        SnapshotScript.Write(_directory, 1, 1, []);

        FluentActions.Invoking(() => StoreIdentity.Find(_directory)).Should().Throw<StoreDamagedException>();
    }

    [Fact]
    public void A_newer_version_is_refused_whatever_else_it_says()
    {
        DirectoryBytes.Put(_directory, "STORE", Encoding.ASCII.GetBytes("kvstore 2\nsomething new\n"));

        FluentActions.Invoking(() => StoreIdentity.Find(_directory)).Should().Throw<DataDirectoryException>()
            .WithMessage("/simulated was written by a newer KvStore: its format is version 2, this one reads 1.");
    }

    [Fact]
    public void Every_flipped_bit_of_STORE_is_found()
    {
        var bytes = StoreIdentity.Encode(1, LogScript.History);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var flipped = (byte[])bytes.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            DirectoryBytes.Put(_directory, "STORE", flipped);

            FluentActions.Invoking(() => StoreIdentity.Find(_directory)).Should().Throw<IOException>($"bit {bit} was flipped");
        }
    }

    [Fact]
    public void A_power_cut_leaves_the_old_or_the_new()
    {
        var (old, next) = (Guid.NewGuid(), Guid.NewGuid());
        SimulatedDisk Disk()
        {
            var disk = new SimulatedDisk();
            using var directory = disk.Open();
            StoreIdentity.Write(directory, old);
            return disk;
        }

        var found = new HashSet<Guid>();
        foreach (var point in CrashPoints.Of(Disk, () => 0, (disk, _) => StoreIdentity.Write(disk.Open(), next)))
        {
            foreach (var cut in Cut.Some(seed: 1, randoms: 5))
            {
                using var directory = point.Disk.PowerCut(cut).Open();
                found.Add(StoreIdentity.Find(directory)!.HistoryId);
            }
        }

        found.Should().BeEquivalentTo([old, next]);
    }
}
