using System.Text;
using KvStore.Core.Files;

namespace KvStore.Tests.Faults;

public sealed class SimulatedDiskFaultTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly IDataDirectory _directory;
    private readonly IDataFile _file;

    public SimulatedDiskFaultTests()
    {
        _directory = _disk.Open();
        _file = _directory.Create("a");
        _directory.SyncNames();
    }

    [Fact]
    public void The_operation_that_is_to_fail_fails_and_those_around_it_do_not()
    {
        _disk.Fail(new DiskFault(DiskOperation.Write, Nth: 2) { Part = 2 });

        _file.Write(0, "ab"u8);
        Error(() => _file.Write(2, "cdef"u8)).Message.Should().Be("/simulated/a could not be written: Input/output error.");
        Text().Should().Be("abcd", "it had written a part");
        _file.Write(2, "ef"u8);
        Text().Should().Be("abef");
    }

    [Fact]
    public void A_fault_that_stays_ends_when_it_is_cleared()
    {
        _disk.Fail(new DiskFault(DiskOperation.Create, Nth: 2) { Forever = true, Errno = DiskFault.NoSpace });

        _directory.Create("b").Dispose();
        DiskFull.Is(Error(() => _directory.Create("c"))).Should().BeTrue();
        DiskFull.Is(Error(() => _directory.Create("c"))).Should().BeTrue();

        _disk.ClearFaults();
        _directory.Create("c").Dispose();
        _directory.List().Should().Equal("a", "b", "c");
    }

    [Fact]
    public void A_fault_may_be_one_files()
    {
        _disk.Fail(new DiskFault(DiskOperation.Sync) { File = "b" });
        var other = _directory.Create("b-1");

        _file.Sync();
        Error(other.Sync).Message.Should().Be("/simulated/b-1 could not be synced: Input/output error.");
    }

    [Theory]
    [InlineData((int)DiskOperation.Read)]
    [InlineData((int)DiskOperation.Write)]
    [InlineData((int)DiskOperation.SetLength)]
    [InlineData((int)DiskOperation.Sync)]
    [InlineData((int)DiskOperation.SyncNames)]
    [InlineData((int)DiskOperation.Create)]
    [InlineData((int)DiskOperation.Rename)]
    [InlineData((int)DiskOperation.Delete)]
    public void Every_operation_can_fail_and_then_has_done_nothing(int operation)
    {
        _file.Write(0, "hello"u8);
        _disk.Fail(new DiskFault((DiskOperation)operation));

        Action[] all =
        [
            () => _file.Read(0, new byte[1]), () => _file.Write(0, "HELLO"u8), () => _file.SetLength(1), _file.Sync, _directory.SyncNames,
            () => _directory.Create("b"), () => _directory.Rename("a", "b"), () => _directory.Delete("a"),
        ];
        Error(all[operation]).HResult.Should().Be(DiskFault.InputOutputError);
        _directory.List().Should().Equal("a");
        Text().Should().Be("hello");
    }

    [Fact]
    public void After_a_failed_sync_the_next_succeeds_and_keeps_nothing_of_what_was_lost()
    {
        _file.Write(0, "hello"u8);
        _disk.Fail(new DiskFault(DiskOperation.Sync));

        Error(_file.Sync);
        _file.Sync();
        _file.Write(512, "world"u8);
        _file.Sync();

        Text().Should().Be("hello" + new string('\0', 507) + "world", "reads do not tell");
        Left(Cut.KeepAll).Should().Be(new string('\0', 512) + "world");
    }

    [Fact]
    public void A_failed_sync_may_have_kept_a_part()
    {
        _file.SetLength(1024);
        _file.Sync();
        _file.Write(0, Enumerable.Repeat((byte)'x', 1024).ToArray());
        _disk.Fail(new DiskFault(DiskOperation.Sync) { Part = 1 });

        Error(_file.Sync);

        Left(Cut.LoseAll).Should().Be(new string('x', 512) + new string('\0', 512));
    }

    [Fact]
    public void After_a_failed_sync_of_names_the_next_succeeds_and_keeps_none_of_them()
    {
        _directory.Create("b").Dispose();
        _disk.Fail(new DiskFault(DiskOperation.SyncNames));

        Error(_directory.SyncNames).Message.Should().Be("/simulated could not be synced: Input/output error.");
        _directory.SyncNames();

        _directory.List().Should().Equal("a", "b");
        _disk.DurableNames.Should().Equal("a");
    }

    [Fact]
    public void A_damaged_byte_reads_as_damaged()
    {
        _file.Write(0, "hello"u8);
        _file.Sync();

        _disk.Damage("a", 1, 'e' ^ 'a');

        Text().Should().Be("hallo");
        Left(Cut.LoseAll).Should().Be("hallo");
    }

    [Fact]
    public void A_disk_that_lies_about_syncs_keeps_nothing()
    {
        _disk.Flaws = DiskFlaws.SyncDoesNothing | DiskFlaws.SyncNamesDoesNothing;
        _file.Write(0, "hello"u8);
        _file.Sync();
        _directory.Create("b").Dispose();
        _directory.SyncNames();

        Left(Cut.LoseAll).Should().BeEmpty();
        _disk.DurableNames.Should().Equal("a");
        Left(Cut.KeepAll).Should().Be("hello");
        _disk.PowerCut(Cut.KeepAll).Flaws.Should().Be(_disk.Flaws);
    }

    [Fact]
    public void A_disk_that_hides_failed_syncs_loses_in_silence()
    {
        _disk.Flaws = DiskFlaws.SyncErrorsIgnored;
        _disk.Fail(new DiskFault(DiskOperation.Sync));
        _file.Write(0, "hello"u8);

        _file.Sync();

        Left(Cut.KeepAll).Should().BeEmpty();
    }

    [Fact]
    public void Without_power_everything_fails()
    {
        _disk.OnOperation = (operation, _) =>
        {
            if (operation == DiskOperation.Sync)
            {
                _disk.Stop();
            }
        };
        _file.Write(0, "hello"u8);

        Action[] uses = [_file.Sync, () => _file.Read(0, new byte[1]), () => _directory.List(), () => _directory.OpenRead("a"), () => _ = _file.Length];
        uses.Should().AllSatisfy(use => use.Should().Throw<DiskStoppedException>());
        _disk.PowerCut(Cut.LoseAll).Bytes("a").Should().BeEmpty("the sync did not happen");
        _file.Dispose();
        _directory.Dispose();
    }

    private static IOException Error(Action action) => action.Should().Throw<IOException>().Which;

    private string Text() => Encoding.ASCII.GetString(_disk.Bytes("a"));

    private string Left(Cut cut) => Encoding.ASCII.GetString(_disk.PowerCut(cut).Bytes("a"));
}
