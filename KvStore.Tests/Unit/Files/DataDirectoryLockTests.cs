using System.Diagnostics;
using System.Globalization;
using KvStore.Core.Files;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Files;

public sealed class DataDirectoryLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string LockFile => _folder.At("LOCK");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_directory_is_opened_once_at_a_time_within_a_process()
    {
        var first = DataDirectory.Open(_folder.Path);

        Refusal().Should().Be($"{_folder.Path} is in use by process {Environment.ProcessId}; each store needs a directory of its own.");

        first.Dispose();
        DataDirectory.Open(_folder.Path).Dispose();
    }

    [Fact]
    public void Of_many_who_open_it_at_once_one_gets_it()
    {
        using var start = new Barrier(8);
        var opened = new DataDirectory?[8];
        var threads = Enumerable.Range(0, opened.Length).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                opened[i] = DataDirectory.Open(_folder.Path);
            }
            catch (DataDirectoryException)
            {
                // It is another's.
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        opened.OfType<DataDirectory>().Should().ContainSingle().Which.Dispose();
    }

    [Fact]
    public void The_lock_file_says_who_has_it()
    {
        File.WriteAllText(LockFile, "1234567890123456789");

        using var directory = DataDirectory.Open(_folder.Path);

        Run("cat", LockFile).Output.Should().Be(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"));
    }

    [SkippableFact]
    public void Another_process_cannot_have_it_meanwhile_and_can_afterwards()
    {
        RequiredTool.SkipUnless("flock");
        using (DataDirectory.Open(_folder.Path))
        {
            Run("flock", "--nonblock", LockFile, "true").Code.Should().Be(1);
        }

        Run("flock", "--nonblock", LockFile, "true").Code.Should().Be(0);
    }

    [SkippableFact]
    public void A_directory_of_another_process_is_left_as_it_is_and_is_free_when_that_is_killed()
    {
        RequiredTool.SkipUnless("flock");
        File.WriteAllText(LockFile, "1234\n");
        using var other = Holder();
        try
        {
            Refusal().Should().Be($"{_folder.Path} is in use by process 1234; each store needs a directory of its own.");
            Run("cat", LockFile).Output.Should().Be("1234\n");
            Directory.EnumerateFileSystemEntries(_folder.Path).Should().Equal(LockFile);
        }
        finally
        {
            other.Kill();
            other.WaitForExit();
        }

        DataDirectory.Open(_folder.Path).Dispose();
    }

    [SkippableFact]
    public void Who_has_it_is_not_guessed()
    {
        RequiredTool.SkipUnless("flock");
        File.WriteAllText(LockFile, "");
        using var other = Holder();
        try
        {
            Refusal().Should().Be($"{_folder.Path} is in use by another process; each store needs a directory of its own.");
        }
        finally
        {
            other.Kill();
            other.WaitForExit();
        }
    }

    [SkippableFact]
    public void A_child_process_does_not_inherit_it()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs Linux");
        using var directory = DataDirectory.Open(_folder.Path);

        var (_, open) = Run("ls", "-l", "/proc/self/fd");

        open.Should().NotBeEmpty().And.NotContain(_folder.Path);
    }

    [Fact]
    public void It_holds_also_where_the_lock_file_was_removed()
    {
        using var directory = DataDirectory.Open(_folder.Path);
        File.Delete(LockFile);

        Refusal().Should().Be($"{_folder.Path} is in use by another process, though its LOCK is not locked; was that file removed?");
    }

    private static (int Code, string Output) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    // "flock" runs until its command does, which ends with its input: at the latest with this process.
    private Process Holder()
    {
        var process = Process.Start(new ProcessStartInfo("flock", ["--close", LockFile, "sh", "-c", "echo locked; cat"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        process.StandardOutput.ReadLine().Should().Be("locked");
        return process;
    }

    private string Refusal() =>
        new Action(() => DataDirectory.Open(_folder.Path)).Should().Throw<DataDirectoryException>().Which.Message;
}
