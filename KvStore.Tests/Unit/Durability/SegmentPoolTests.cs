using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Core.Durability;
using KvStore.Core.Errors;
using KvStore.Core.Files;
using KvStore.Tests.Faults;

namespace KvStore.Tests.Unit.Durability;

public sealed class SegmentPoolTests : IDisposable
{
    private const int SegmentBytes = 1_000;
    private const int Usable = SegmentBytes - LogFormat.HeaderBytes - LogFormat.FrameBytes;

    private readonly SimulatedDisk _disk = new();
    private readonly IDataDirectory _directory;
    private readonly List<Exception> _failures = [];

    public SegmentPoolTests() => _directory = _disk.Open();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Room_is_a_segments_but_for_its_header_and_its_end()
    {
        using var pool = Start();
        pool.TryTakeRoom(Usable).Should().Be(ErrorCode.None);
        pool.TryTakeRoom(1).Should().Be(ErrorCode.None);
        pool.TryTakeRoom(Usable - 1).Should().Be(ErrorCode.None);

        new[] { pool.Take(), pool.Take() }.Select(segment => segment.Sequence).Should().Equal(7, 8);
    }

    /// <summary>Each group is given room for so many bytes, and then takes as many in so many pieces: all as one, fewer, or many small ones where an
    /// atomic batch has failed.</summary>
    [Fact]
    public void Whatever_becomes_of_a_write_the_log_needs_no_segment_that_no_room_was_taken_in()
    {
        var group =
            from bytes in Gen.Frequency((3, Gen.Choose(32, 200)), (1, Gen.Choose(200, Usable)))
            from pieces in Gen.Frequency((4, Gen.Constant(1)), (1, Gen.Choose(2, 10)))
            from percent in Gen.Frequency((3, Gen.Constant(100)), (1, Gen.Choose(1, 99)))
            select (Room: bytes, Pieces: Enumerable.Repeat(bytes * percent / 100 / pieces, pieces).ToArray());

        Prop.ForAll(group.ArrayOf().ToArbitrary(), groups =>
        {
            var disk = new SimulatedDisk();
            using var pool = Start(disk.Open());
            var place = SegmentBytes;
            foreach (var (room, pieces) in groups)
            {
                pool.TryTakeRoom(room).Should().Be(ErrorCode.None);
                foreach (var piece in pieces)
                {
                    // As the log does it.
                    if (place + piece + LogFormat.FrameBytes > SegmentBytes)
                    {
                        Claimed(pool).Should().BePositive("the log needs a segment");
                        pool.Take().File.Dispose();
                        place = LogFormat.HeaderBytes;
                    }

                    place += piece;
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    [Fact]
    public void One_segment_is_made_ahead_with_its_header_and_zeros_durably()
    {
        using var pool = Start();
        DiskStore.Until(() => Unclaimed(pool) == 1);

        var left = _disk.PowerCut(Cut.LoseAll);
        var name = LogFormat.SegmentName(7);
        left.DurableNames.Should().Equal(name);
        var bytes = left.Bytes(name);
        bytes.Should().HaveCount(SegmentBytes);
        SegmentHeader.TryRead(bytes, out var header).Should().BeTrue();
        header.Should().Match<SegmentHeader>(header => header.Sequence == 7 && header.IsAlways && header.Salt != 0);
        bytes.Skip(LogFormat.HeaderBytes).Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void Two_segments_that_come_back_are_used_again_with_another_salt_and_the_others_go()
    {
        using var pool = Start();
        var segments = Enumerable.Range(0, 4).Select(_ => TakeOne(pool)).ToList();
        DiskStore.Until(() => Unclaimed(pool) == 1);
        var created = _disk.Count(DiskOperation.Create);

        pool.GiveBack(segments.Select(segment => new KeptSegment(segment.Sequence, segment.Sequence, SegmentBytes)));
        _disk.DurableNames.Should().Equal(
            LogFormat.SegmentName(7) + LogFormat.Unfinished, LogFormat.SegmentName(8) + LogFormat.Unfinished, LogFormat.SegmentName(11));

        var next = Enumerable.Range(0, 3).Select(_ => TakeOne(pool)).ToList();
        next.Select(segment => segment.Sequence).Should().Equal(11, 12, 13);
        next.Concat(segments).Select(segment => segment.Salt).Should().OnlyHaveUniqueItems();
        DiskStore.Until(() => Unclaimed(pool) == 1);
        (_disk.Count(DiskOperation.Create) - created).Should().Be(1, "the one after those two");
    }

    [Fact]
    public void A_full_disk_refuses_room_until_it_is_full_no_more()
    {
        _disk.Capacity = 1_500;
        using var pool = Start();
        pool.TryTakeRoom(Usable).Should().Be(ErrorCode.None);
        pool.TryTakeRoom(1).Should().Be(ErrorCode.StorageFull);
        pool.IsFull.Should().BeTrue();
        _disk.Used.Should().Be(1_024, "what an attempt has got is given back");

        _disk.Capacity = long.MaxValue;
        DiskStore.Until(() => pool.TryTakeRoom(1) == ErrorCode.None);
        pool.IsFull.Should().BeFalse();
        _failures.Should().BeEmpty();
    }

    [Fact]
    public void What_came_after_a_full_disk_is_as_good_as_any()
    {
        // The header is written over a part of the zeros, so it is the sync that finds the disk full, and then the names'.
        _disk.Fail(new DiskFault(DiskOperation.Sync, Nth: 2) { Errno = DiskFault.NoSpace });
        _disk.Fail(new DiskFault(DiskOperation.SyncNames) { Errno = DiskFault.NoSpace });
        using var pool = Start();
        DiskStore.Until(() => pool.TryTakeRoom(1) == ErrorCode.None);

        pool.Take().Sequence.Should().Be(7);
        SegmentHeader.TryRead(_disk.PowerCut(Cut.LoseAll).Bytes(LogFormat.SegmentName(7)), out _).Should().BeTrue();
    }

    [Fact]
    public void A_failure_is_told_once_and_ends_the_making()
    {
        _disk.Fail(new DiskFault(DiskOperation.Rename));
        using var pool = Start();

        pool.TryTakeRoom(1).Should().Be(ErrorCode.NotReady);
        pool.TryTakeRoom(1).Should().Be(ErrorCode.NotReady);
        DiskStore.Until(() => _failures.Count > 0);
        _failures.Should().ContainSingle().Which.Message.Should().Contain("could not be renamed");
    }

    [Fact]
    public void A_stop_in_good_order_leaves_no_segment_after_the_last()
    {
        var pool = Start();
        using var taken = TakeOne(pool).File;
        DiskStore.Until(() => Unclaimed(pool) == 1);

        pool.Close();
        _disk.DurableNames.Should().Equal(LogFormat.SegmentName(7));
        pool.TryTakeRoom(1).Should().Be(ErrorCode.None, "there is room in that one");
        pool.TryTakeRoom(Usable).Should().Be(ErrorCode.NotReady);
    }

    private static Segment TakeOne(SegmentPool pool)
    {
        pool.TryTakeRoom(Usable).Should().Be(ErrorCode.None);
        var segment = pool.Take();
        segment.File.Dispose();
        return segment;
    }

    private static int Claimed(SegmentPool pool)
    {
        lock (GateOf(pool))
        {
            return ReadyOf(pool).Count - UnclaimedOf(pool);
        }
    }

    private static int Unclaimed(SegmentPool pool)
    {
        lock (GateOf(pool))
        {
            return UnclaimedOf(pool);
        }
    }

    private SegmentPool Start(IDataDirectory? directory = null)
    {
        var header = new SegmentHeader(LogFormat.Version, Sequence: 7, Salt: 0, Guid.Empty, IsAlways: true, CreatedAt: 0);
        var pool = new SegmentPool(
            directory ?? _directory, header, SegmentBytes, TimeSpan.FromMilliseconds(1), TimeProvider.System, _ => { }, _failures.Add);
        pool.Start();
        return pool;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_gate")]
    private static extern ref object GateOf(SegmentPool pool);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_ready")]
    private static extern ref Queue<Segment> ReadyOf(SegmentPool pool);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_unclaimed")]
    private static extern ref int UnclaimedOf(SegmentPool pool);
}
