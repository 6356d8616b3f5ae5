using System.Text;
using KvStore.Core.Files;

namespace KvStore.Tests.Faults;

public sealed class SimulatedDiskTests
{
    private readonly SimulatedDisk _disk = new();

    [Fact]
    public void What_is_written_is_read_back()
    {
        using var directory = _disk.Open();
        using var file = directory.Create("a");
        file.Write(510, "hello"u8);
        file.Length.Should().Be(515);

        using var other = directory.OpenRead("a");
        var bytes = new byte[10];
        other.Read(508, bytes).Should().Be(7);
        Encoding.ASCII.GetString(bytes, 0, 7).Should().Be("\0\0hello");
        other.Read(515, bytes).Should().Be(0);
        other.Read(10_000, bytes).Should().Be(0);
    }

    [Fact]
    public void A_cut_off_end_comes_back_as_zeros()
    {
        using var directory = _disk.Open();
        using var file = directory.Create("a");
        file.Write(0, Enumerable.Repeat((byte)1, 2000).ToArray());
        file.SetLength(600);
        file.SetLength(1500);

        _disk.Bytes("a").Should().Equal([.. Enumerable.Repeat((byte)1, 600), .. new byte[900]]);
        _disk.Used.Should().Be(1024);
    }

    [Fact]
    public void A_directory_is_opened_once_at_a_time()
    {
        var directory = _disk.Open();
        _disk.Invoking(disk => disk.Open()).Should().Throw<DataDirectoryException>().WithMessage("/simulated is in use by process *");
        _disk.PowerCut(Cut.LoseAll).Open().Dispose();
        _disk.Kill().Open().Dispose();

        directory.Dispose();
        _disk.Open().Dispose();
    }

    [Fact]
    public void Files_keep_what_they_are_under_other_names_and_without_one()
    {
        using var directory = _disk.Open();
        using var file = directory.Create("a");
        directory.Create("b").Dispose();
        directory.Rename("a", "b");
        file.Write(0, "hello"u8);

        directory.List().Should().Equal("b");
        Encoding.ASCII.GetString(_disk.Bytes("b")).Should().Be("hello");

        directory.Delete("b");
        directory.List().Should().BeEmpty();
        file.Length.Should().Be(5);
    }

    [Fact]
    public void It_refuses_what_a_real_one_refuses_in_the_same_words()
    {
        using var directory = _disk.Open();
        directory.Create("a").Dispose();
        using var file = directory.OpenRead("a");

        Error(() => directory.Create("a")).Should().Be("/simulated/a could not be made: File exists.");
        Error(() => directory.OpenRead("b")).Should().Be("/simulated/b could not be opened: No such file or directory.");
        Error(() => directory.Delete("b")).Should().Be("/simulated/b could not be removed: No such file or directory.");
        Error(() => directory.Rename("b", "c")).Should().Be("/simulated/b could not be renamed to c: No such file or directory.");
        Error(() => file.Write(0, "x"u8)).Should().Be("/simulated/a could not be written: Bad file descriptor.");
        directory.Invoking(_ => _.Create("../a")).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void What_is_closed_does_nothing()
    {
        var directory = _disk.Open();
        var file = directory.Create("a");
        _disk.OpenFiles.Should().Be(1);
        file.Dispose();
        file.Dispose();
        directory.Dispose();

        _disk.OpenFiles.Should().Be(0);
        Action[] uses = [() => file.Write(0, "x"u8), () => file.Read(0, new byte[1]), file.Sync, () => directory.Create("b"), directory.SyncNames, () => directory.List()];
        uses.Should().AllSatisfy(use => use.Should().Throw<ObjectDisposedException>());
    }

    [Fact]
    public void It_counts_and_tells_what_it_is_asked_for()
    {
        var told = new List<(DiskOperation, long)>();
        _disk.OnOperation = (operation, number) => told.Add((operation, number));
        using var directory = _disk.Open();
        using (var file = directory.Create("a"))
        {
            file.Write(0, "hello"u8);
            file.Read(0, new byte[5]);
            file.Sync();
        }

        directory.Rename("a", "b");
        directory.SyncNames();
        directory.Delete("b");

        told.Should().Equal(
            (DiskOperation.Create, 1), (DiskOperation.Write, 2), (DiskOperation.Read, 2), (DiskOperation.Sync, 3),
            (DiskOperation.Rename, 4), (DiskOperation.SyncNames, 5), (DiskOperation.Delete, 6));
        _disk.Operations.Should().Be(6);
        _disk.Count(DiskOperation.Sync).Should().Be(1);
    }

    [Fact]
    public void A_full_disk_takes_what_fits_and_goes_on_when_it_grows()
    {
        using var directory = _disk.Open();
        using var file = directory.Create("a");
        _disk.Capacity = 1024;
        file.SetLength(1 << 20);
        _disk.Used.Should().Be(0, "holes take no space");

        var error = file.Invoking(_ => _.Write(100, new byte[2000])).Should().Throw<IOException>().Which;
        DiskFull.Is(error).Should().BeTrue();
        error.Message.Should().Be("/simulated/a could not be written: No space left on device.");
        _disk.Used.Should().Be(1024);

        file.Write(0, new byte[1024]);
        _disk.Capacity = 4096;
        file.Write(100, new byte[2000]);
        directory.Delete("a");
        _disk.Used.Should().Be(2560, "who has it open still uses it");
        file.Dispose();
        _disk.Used.Should().Be(0);
    }

    [Fact]
    public void Many_threads_may_use_it()
    {
        using var directory = _disk.Open();
        Parallel.For(0, 8, thread =>
        {
            using var file = directory.Create($"{thread}");
            for (var i = 0; i < 200; i++)
            {
                file.Write(i * 100, Enumerable.Repeat((byte)thread, 100).ToArray());
                file.Sync();
                directory.SyncNames();
            }
        });

        var left = _disk.PowerCut(Cut.LoseAll);
        Enumerable.Range(0, 8).Should().AllSatisfy(thread => left.Bytes($"{thread}").Should().HaveCount(20_000).And.OnlyContain(value => value == thread));
        _disk.Count(DiskOperation.Write).Should().Be(1600);
    }

    private static string Error(Action action) => action.Should().Throw<IOException>().Which.Message;
}
