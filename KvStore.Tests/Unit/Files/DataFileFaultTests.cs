using System.IO.Pipes;
using KvStore.Core.Files;
using KvStore.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace KvStore.Tests.Unit.Files;

public sealed class DataFileFaultTests
{
    private const int InputOutputError = 5;
    private const int InvalidArgument = 22;

    [Fact]
    public void A_sync_that_the_system_refuses_is_an_error()
    {
        using var pipe = new AnonymousPipeServerStream();
        using var file = new DataFile(new SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false), "/data/1.log");

        var error = file.Invoking(_ => _.Sync()).Should().Throw<IOException>().Which;

        error.HResult.Should().Be(InvalidArgument);
        error.Message.Should().Be("/data/1.log could not be synced: Invalid argument.");
        DiskFull.Is(error).Should().BeFalse();
    }

    [SkippableFact]
    public void A_sync_that_the_disk_fails_is_an_error()
    {
        // The outer file system cannot keep what the inner one has promised, which only its sync can find.
        using var small = MountedFolder.InMemory("4m");
        var image = Path.Combine(small.Path, "image");
        using (var sparse = File.Create(image))
        {
            sparse.SetLength(64 << 20);
        }

        using var broken = MountedFolder.Ext4(image);
        using var directory = DataDirectory.Open(broken.Path);
        using var file = directory.Create("1.log");
        file.Write(0, new byte[16 << 20]);

        var error = file.Invoking(_ => _.Sync()).Should().Throw<IOException>().Which;

        error.Message.Should().StartWith($"{broken.Path}/1.log could not be synced: ");
        (DiskFull.Is(error) || error.HResult == InputOutputError).Should().BeTrue($"it is {error.Message}");
    }

    [SkippableFact]
    public void A_write_to_a_full_disk_says_so()
    {
        using var small = MountedFolder.InMemory("64k");
        using var directory = DataDirectory.Open(small.Path);
        using var file = directory.Create("1.log");

        var error = file.Invoking(_ => _.Write(0, new byte[128 << 10])).Should().Throw<IOException>().Which;

        DiskFull.Is(error).Should().BeTrue();
        error.Message.Should().Be($"{small.Path}/1.log could not be written: No space left on device.");
    }

    [Fact]
    public void A_write_to_a_file_opened_for_reading_is_an_error_of_that_file()
    {
        using var folder = new TemporaryFolder();
        using var directory = DataDirectory.Open(folder.Path);
        directory.Create("a").Dispose();
        using var file = directory.OpenRead("a");

        file.Invoking(_ => _.Write(0, "x"u8.ToArray())).Should().Throw<IOException>()
            .WithMessage($"{folder.At("a")} could not be written: Bad file descriptor.");
        file.Invoking(_ => _.SetLength(1)).Should().Throw<IOException>()
            .WithMessage($"{folder.At("a")} could not be given another length: *");
    }
}
