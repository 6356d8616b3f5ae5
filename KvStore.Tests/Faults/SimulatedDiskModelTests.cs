using FsCheck;
using FsCheck.Fluent;
using KvStore.Core.Files;
using KvStore.Tests.Support;

namespace KvStore.Tests.Faults;

/// <summary>The disk that judges the store, judged itself.</summary>
public sealed class SimulatedDiskModelTests
{
    private static readonly Gen<string> Name = Gen.Elements("a", "b", "c");

    private static readonly Gen<DiskCommand> Command =
        from operation in Gen.Frequency(
            (6, Gen.Constant(DiskOperation.Write)), (2, Gen.Constant(DiskOperation.SetLength)), (3, Gen.Constant(DiskOperation.Sync)),
            (2, Gen.Constant(DiskOperation.SyncNames)), (4, Gen.Constant(DiskOperation.Create)), (1, Gen.Constant(DiskOperation.Rename)),
            (1, Gen.Constant(DiskOperation.Delete)))
        from name in Name
        from other in Name
        from offset in Gen.Frequency((1, Gen.Constant(0)), (1, Gen.Choose(0, 1600)))
        from length in Gen.Elements(0, 1, 511, 512, 513, 1024, 1500)
        from fill in Gen.Choose(1, 255)
        select new DiskCommand(operation, name, other, offset, length, (byte)fill);

    private static readonly Arbitrary<DiskCommand[]> Script = Command.ArrayOf().ToArbitrary();

    [Fact]
    public void A_cut_leaves_all_that_was_synced_and_nothing_that_was_never_written()
    {
        Check(DiskFlaws.None);
    }

    [Theory]
    [InlineData((int)DiskFlaws.SyncDoesNothing)]
    [InlineData((int)DiskFlaws.SyncNamesDoesNothing)]
    public void A_disk_that_lies_is_found_out(int flaws)
    {
        new Action(() => Check((DiskFlaws)flaws)).Should().Throw<Exception>().WithMessage("*survives*");
    }

    [Fact]
    public void A_real_directory_shows_the_same_as_a_simulated_one()
    {
        Prop.ForAll(Script, script =>
        {
            using var folder = new TemporaryFolder();
            using var real = DataDirectory.Open(folder.Path);
            var disk = new SimulatedDisk();
            using var simulated = disk.Open();
            foreach (var command in script.Where(command => command.Applies(simulated.List())))
            {
                // The real syncs would only wait.
                if (command.Operation is not (DiskOperation.Sync or DiskOperation.SyncNames))
                {
                    command.Run(real);
                    command.Run(simulated);
                }
            }

            real.List().Should().Equal(simulated.List());
            real.List().Where(name => !File.ReadAllBytes(folder.At(name)).SequenceEqual(disk.Bytes(name))).Should().BeEmpty();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    private static void Check(DiskFlaws flaws) => Prop.ForAll(Script, script =>
    {
        var disk = new SimulatedDisk { Flaws = flaws };
        var model = new DiskModel();
        using var directory = disk.Open();
        foreach (var command in script.Where(command => command.Applies([.. model.Current.Keys])))
        {
            command.Run(directory);
            model.Run(command);
        }

        model.Shows(Files(disk)).Should().BeTrue("reads show all that is written");
        model.MustLeave(Files(disk.PowerCut(Cut.LoseAll))).Should().BeTrue("what is synced survives");
        foreach (var cut in Cut.Some(seed: (ulong)script.Length, randoms: 10).Append(Cut.TearLastWrite(disk.UnsyncedLastWrite / 2)))
        {
            model.MayLeave(Files(disk.PowerCut(cut)), torn: cut.LastWriteBytes is not null).Should().BeTrue($"only what may be left survives a cut ({cut})");
            model.MayLeave(Files(disk.Kill().PowerCut(cut)), torn: false).Should().BeTrue($"only what may be left survives a kill and a cut ({cut})");
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static Dictionary<string, byte[]> Files(SimulatedDisk disk)
    {
        using var directory = disk.Kill().Open();
        return directory.List().ToDictionary(name => name, disk.Bytes, StringComparer.Ordinal);
    }
}
