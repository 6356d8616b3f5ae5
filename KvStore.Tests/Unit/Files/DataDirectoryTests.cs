using KvStore.Core.Files;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Files;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DataDirectory _directory;

    public DataDirectoryTests() => _directory = DataDirectory.Open(_folder.Path);

    public void Dispose()
    {
        _directory.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void What_is_written_is_read_back_also_by_another_opening_of_the_file()
    {
        using var file = _directory.Create("a");
        file.Write(0, "hello"u8);
        file.Write(3, "p me"u8);
        file.Sync();
        _directory.SyncNames();

        using var other = _directory.OpenRead("a");
        other.Length.Should().Be(7);
        Text(other, 0, 7).Should().Be("help me");
        File.ReadAllText(_folder.At("a")).Should().Be("help me");
    }

    [SkippableFact]
    public void A_directory_that_is_moved_stays_the_one_that_was_opened()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs /proc");
        using var elsewhere = new TemporaryFolder();
        _directory.Create("a").Dispose();
        Directory.Move(_folder.Path, elsewhere.At("moved"));
        Directory.CreateDirectory(_folder.Path);

        _directory.Create("b").Dispose();
        _directory.Rename("a", "c");

        _directory.List().Should().Equal("b", "c");
        Directory.EnumerateFileSystemEntries(_folder.Path).Should().BeEmpty();
        _directory.Delete("c");
        Directory.EnumerateFiles(elsewhere.At("moved")).Select(Path.GetFileName).Should().BeEquivalentTo("LOCK", "b");
    }

    [Fact]
    public void A_read_goes_no_further_than_the_end()
    {
        using var file = _directory.Create("a");
        file.Write(0, "hello"u8);

        Text(file, 3, 10).Should().Be("lo");
        Text(file, 5, 10).Should().BeEmpty();
        Text(file, 50, 10).Should().BeEmpty();
    }

    [Fact]
    public void A_length_cuts_the_file_or_adds_zeros()
    {
        using var file = _directory.Create("a");
        file.Write(0, "hello"u8);
        file.SetLength(2);
        file.SetLength(4);

        Text(file, 0, 10).Should().Be("he\0\0");

        file.SetLength(1L << 32);
        file.Length.Should().Be(1L << 32);
    }

    [Fact]
    public void A_file_opened_for_writing_keeps_what_it_has()
    {
        using (var file = _directory.Create("a"))
        {
            file.Write(0, "hello"u8);
        }

        using var again = _directory.OpenWrite("a");
        again.Write(5, "!"u8);
        Text(again, 0, 10).Should().Be("hello!");
    }

    [Fact]
    public void Names_are_listed_in_ordinal_order_without_the_lock_and_without_directories()
    {
        Directory.CreateDirectory(_folder.At("lost+found"));
        foreach (var name in (string[])["b", "a-2", "B", "a-10"])
        {
            _directory.Create(name).Dispose();
        }

        _directory.List().Should().Equal("B", "a-10", "a-2", "b");
    }

    [Fact]
    public void A_renamed_file_replaces_the_one_that_had_its_name()
    {
        Write("old", "old");
        Write("new", "new");

        _directory.Rename("new", "old");
        _directory.SyncNames();

        _directory.List().Should().Equal("old");
        File.ReadAllText(_folder.At("old")).Should().Be("new");
    }

    [Fact]
    public void A_removed_file_is_gone_but_can_be_used_by_who_has_it_open()
    {
        Write("a", "hello");
        using var open = _directory.OpenRead("a");

        _directory.Delete("a");

        _directory.List().Should().BeEmpty();
        Text(open, 0, 10).Should().Be("hello");
    }

    [Fact]
    public void What_is_not_there_is_named_with_the_reason()
    {
        var path = _folder.At("a");

        Error(() => _directory.OpenRead("a")).Should().Be($"{path} could not be opened: No such file or directory.");
        Error(() => _directory.OpenWrite("a")).Should().Be($"{path} could not be opened: No such file or directory.");
        Error(() => _directory.Delete("a")).Should().Be($"{path} could not be removed: No such file or directory.");
        Error(() => _directory.Rename("a", "b")).Should().Be($"{path} could not be renamed to b: No such file or directory.");
    }

    [Fact]
    public void A_file_is_not_made_over_another()
    {
        Write("a", "hello");

        Error(() => _directory.Create("a")).Should().Be($"{_folder.At("a")} could not be made: File exists.");
        File.ReadAllText(_folder.At("a")).Should().Be("hello");
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("/etc/passwd")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("LOCK")]
    public void A_name_that_is_no_plain_one_is_refused(string name)
    {
        Action[] uses =
        [
            () => _directory.OpenRead(name), () => _directory.OpenWrite(name), () => _directory.Create(name), () => _directory.Delete(name),
            () => _directory.Rename(name, "a"), () => _directory.Rename("a", name),
        ];

        uses.Should().AllSatisfy(use => use.Should().Throw<ArgumentException>());
    }

    [Fact]
    public void A_closed_directory_which_may_be_anothers_by_now_does_nothing()
    {
        _directory.Dispose();

        Action[] uses = [() => _directory.Create("a"), () => _directory.Delete("a"), () => _directory.List(), _directory.SyncNames];
        uses.Should().AllSatisfy(use => use.Should().Throw<ObjectDisposedException>());
    }

    private static string Text(IDataFile file, long offset, int most)
    {
        var bytes = new byte[most];
        return System.Text.Encoding.ASCII.GetString(bytes, 0, file.Read(offset, bytes));
    }

    private static string Error(Action action) => action.Should().Throw<IOException>().Which.Message;

    private void Write(string name, string text)
    {
        using var file = _directory.Create(name);
        file.Write(0, System.Text.Encoding.ASCII.GetBytes(text));
    }
}
