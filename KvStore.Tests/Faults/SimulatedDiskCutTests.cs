using System.Text;
using KvStore.Core.Files;

namespace KvStore.Tests.Faults;

public sealed class SimulatedDiskCutTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly IDataDirectory _directory;

    public SimulatedDiskCutTests() => _directory = _disk.Open();

    [Fact]
    public void What_is_synced_survives_and_what_is_not_is_lost()
    {
        var file = Synced("a", "hello");
        file.Write(0, "HELLO!"u8);
        _directory.Create("b").Sync();

        Files(Cut.LoseAll).Should().Equal("a=hello");
        Files(Cut.KeepAll).Should().Equal("a=HELLO!", "b=");
        Files(Cut.KeepNames).Should().Equal("a=hello", "b=");
        Files(Cut.KeepBytes).Should().Equal("a=HELLO!");
        Files(Cut.KeepLengths).Should().Equal("a=hello\0", "b=");
    }

    [Fact]
    public void A_synced_name_does_not_make_its_bytes_durable()
    {
        _directory.Create("a").Write(0, "hello"u8);
        _directory.SyncNames();

        Files(Cut.LoseAll).Should().Equal("a=");
        Files(Cut.KeepLengths).Should().Equal("a=\0\0\0\0\0");
    }

    [Fact]
    public void Synced_bytes_do_not_make_their_name_durable()
    {
        var file = _directory.Create("a");
        file.Write(0, "hello"u8);
        file.Sync();

        Files(Cut.LoseAll).Should().BeEmpty();
    }

    [Fact]
    public void Unsynced_renames_and_removals_can_be_undone()
    {
        Synced("a", "new");
        Synced("b", "old");
        _directory.Rename("a", "b");
        _directory.Delete("b");

        Files(Cut.LoseAll with { Names = _ => 0 }).Should().Equal("a=new", "b=old");
        Files(Cut.LoseAll with { Names = _ => 1 }).Should().Equal("b=new");
        Files(Cut.LoseAll with { Names = _ => 2 }).Should().BeEmpty();
    }

    [Fact]
    public void A_cut_off_end_can_come_back()
    {
        var file = Synced("a", "hello");
        file.SetLength(2);
        Files(Cut.LoseAll).Should().Equal("a=hello");
        Files(Cut.KeepAll).Should().Equal("a=he");

        file.Sync();
        file.SetLength(5);
        Files(Cut.KeepAll).Should().Equal("a=he\0\0\0");
    }

    [Fact]
    public void The_last_write_is_torn_at_any_byte()
    {
        var file = Synced("a", "hello");
        file.Write(5, "!"u8);
        file.Write(3, "pful"u8);
        _disk.UnsyncedLastWrite.Should().Be(4);

        Files(Cut.TearLastWrite(0)).Should().Equal("a=hello!");
        Files(Cut.TearLastWrite(1)).Should().Equal("a=helpo!");
        Files(Cut.TearLastWrite(3)).Should().Equal("a=helpfu");
        Files(Cut.TearLastWrite(9)).Should().Equal("a=helpful");

        file.Sync();
        _disk.UnsyncedLastWrite.Should().Be(0);
        Files(Cut.TearLastWrite(0)).Should().Equal("a=helpful");
    }

    [Fact]
    public void A_write_over_several_sectors_is_torn_in_the_middle_of_one()
    {
        Synced("a", "").Write(0, Enumerable.Repeat((byte)1, 2000).ToArray());

        _disk.PowerCut(Cut.TearLastWrite(1300)).Bytes("a").Should().HaveCount(1300).And.OnlyContain(value => value == 1);
    }

    [Fact]
    public void Random_cuts_leave_everything_that_a_cut_can_leave_and_the_same_for_the_same_seed()
    {
        var file = Synced("a", new string('a', 1024));
        file.Write(0, Enumerable.Repeat((byte)'b', 1024).ToArray());
        file.Write(512, Enumerable.Repeat((byte)'c', 512).ToArray());

        string Left(ulong seed) => $"{Files(Cut.Random(seed)).Single()[2]}{Files(Cut.Random(seed)).Single()[2 + 512]}";

        string[] possible = ["aa", "ab", "ac", "ba", "bb", "bc"];
        Enumerable.Range(0, 200).Select(seed => Left((ulong)seed)).Distinct(StringComparer.Ordinal).Should().BeEquivalentTo(possible);
    }

    [Fact]
    public void A_kill_leaves_what_was_written_but_does_not_make_it_durable()
    {
        Synced("a", "hello").Write(0, "HELLO"u8);
        _directory.Create("b").Dispose();

        var killed = _disk.Kill();

        Files(killed).Should().Equal("a=HELLO", "b=");
        Files(killed.PowerCut(Cut.LoseAll)).Should().Equal("a=hello");

        using var directory = killed.Open();
        directory.OpenWrite("a").Sync();
        directory.SyncNames();
        Files(killed.PowerCut(Cut.LoseAll)).Should().Equal("a=HELLO", "b=");
        Files(Cut.LoseAll).Should().Equal(["a=hello"], "a copy does not change what it was made from");
    }

    [Fact]
    public void Each_operation_is_a_point_to_cut_at()
    {
        static void Run(SimulatedDisk disk, List<string> done)
        {
            using var directory = disk.Open();
            using var file = directory.Create("a");
            done.Add("create");
            file.Write(0, "hello"u8);
            done.Add("write");
            file.Sync();
            done.Add("sync");
            directory.SyncNames();
            done.Add("sync names");
        }

        var points = CrashPoints.Of(() => new SimulatedDisk(), () => new List<string>(), Run).ToList();

        points.Select(point => point.State.Count).Should().Equal(0, 1, 2, 3, 4);
        points.Select(point => point.Disk.IsStopped).Should().Equal(true, true, true, true, false);
        points.Select(point => string.Concat(Files(point.Disk.PowerCut(Cut.KeepAll)))).Should().Equal("", "a=", "a=hello", "a=hello", "a=hello");
        points.Select(point => string.Concat(Files(point.Disk.PowerCut(Cut.LoseAll)))).Should().Equal("", "", "", "", "a=hello");
    }

    [Fact]
    public async Task Each_operation_of_an_asynchronous_run_is_a_point_to_cut_at()
    {
        var points = new List<long>();
        await foreach (var point in CrashPoints.OfAsync(() => new SimulatedDisk(), () => 0, async (disk, _) =>
        {
            await Task.Yield();
            using var directory = disk.Open();
            directory.Create("a").Dispose();
            directory.SyncNames();
        }))
        {
            points.Add(point.Operation);
        }

        points.Should().Equal(1, 2, 3);
    }

    private static IEnumerable<string> Files(SimulatedDisk disk)
    {
        using var directory = disk.Kill().Open();
        return [.. directory.List().Select(name => $"{name}={Encoding.ASCII.GetString(disk.Bytes(name))}")];
    }

    private IEnumerable<string> Files(Cut cut) => Files(_disk.PowerCut(cut));

    private IDataFile Synced(string name, string text)
    {
        var file = _directory.Create(name);
        file.Write(0, Encoding.ASCII.GetBytes(text));
        file.Sync();
        _directory.SyncNames();
        return file;
    }
}
