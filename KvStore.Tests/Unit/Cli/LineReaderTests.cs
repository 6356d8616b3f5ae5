using System.Buffers;
using System.Text;
using KvStore.Cli.Transfer;

namespace KvStore.Tests.Unit.Cli;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("\n", new[] { "" })]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a" })]
    [InlineData("a\n\nb\r\nc", new[] { "a", "", "b\r", "c" })]
    [InlineData("\uFEFFa\n\uFEFFb", new[] { "a", "\uFEFFb" })]
    public async Task Lines_are_numbered_from_one(string text, string[] lines)
    {
        var reader = new LineReader(new MemoryStream(Encoding.UTF8.GetBytes(text)));
        var read = new List<string>();

        while (await reader.ReadAsync(default) is { } line)
        {
            read.Add(Encoding.UTF8.GetString(line));
            reader.Number.Should().Be(read.Count);
        }

        read.Should().Equal(lines);
    }

    [Fact]
    public async Task Long_lines_come_whole()
    {
        var text = new string('a', 1_000_000) + "\n" + new string('b', 200_000);
        var reader = new LineReader(new MemoryStream(Encoding.ASCII.GetBytes(text)));

        (await reader.ReadAsync(default))!.Value.Length.Should().Be(1_000_000);
        Encoding.ASCII.GetString((await reader.ReadAsync(default))!.Value).Should().Be(new string('b', 200_000));
        (await reader.ReadAsync(default)).Should().BeNull();
    }

    [Fact]
    public async Task A_line_beyond_the_limit_is_refused_by_its_number()
    {
        var reader = new LineReader(new MemoryStream(Encoding.ASCII.GetBytes("a\n" + new string('b', 1_000_000))), maxLineBytes: 100_000);
        await reader.ReadAsync(default);

        (await ((Func<Task>)(async () => await reader.ReadAsync(default))).Should().ThrowAsync<FormatException>())
            .WithMessage("is longer than 100000 bytes");
        reader.Number.Should().Be(2);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(" \t\r", true)]
    [InlineData(" {", false)]
    public void A_line_of_white_space_is_blank(string line, bool isBlank) =>
        RecordLine.IsBlank(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(line))).Should().Be(isBlank);
}
