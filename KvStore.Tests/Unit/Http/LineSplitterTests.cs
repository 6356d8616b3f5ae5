using System.Text;
using KvStore.Api.Http;

namespace KvStore.Tests.Unit.Http;

public sealed class LineSplitterTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a" })]
    [InlineData("a\nb", new[] { "a", "b" })]
    [InlineData("\n\na\r\n\nlonger than that\n", new[] { "", "", "a\r", "", "longer than that" })]
    [InlineData("\ufeffa\n\ufeffb\n", new[] { "a", "\ufeffb" })]
    [InlineData("\ufeff", new[] { "" })]
    public void Lines_are_the_same_wherever_pieces_end(string text, string[] expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var second = first; second <= bytes.Length; second++)
            {
                Split(new LineSplitter(100), bytes[..first], bytes[first..second], bytes[second..]).Should().Equal(expected);
            }
        }

        Split(new LineSplitter(100), [.. bytes.Select(b => new[] { b })]).Should().Equal(expected);
    }

    [Theory]
    [InlineData("0123456789", false)]
    [InlineData("0123456789a", true)]
    public void A_line_over_the_limit_is_given_out_as_soon_as_it_shows(string line, bool isTooLong)
    {
        foreach (var end in (string[])["", "\n"])
        {
            var splitter = new LineSplitter(10);
            var bytes = Encoding.ASCII.GetBytes(line + end);
            ReadOnlyMemory<byte> read = default;
            var isRead = false;
            for (var i = 0; i < bytes.Length && !isRead; i++)
            {
                splitter.Feed(bytes.AsMemory(i, 1));
                isRead = splitter.TryRead(out read);
            }

            isRead.Should().Be(isTooLong || end.Length > 0);
            splitter.IsTooLong(read).Should().Be(isTooLong);
        }
    }

    [Fact]
    public void Lines_are_numbered_from_one_with_those_that_are_empty()
    {
        var splitter = new LineSplitter(10);
        splitter.Number.Should().Be(0);
        splitter.Feed("\na\n\nb"u8.ToArray());
        for (var number = 1; splitter.TryRead(out _); number++)
        {
            splitter.Number.Should().Be(number);
        }

        splitter.TryReadLast(out _).Should().BeTrue();
        splitter.Number.Should().Be(4);
    }

    private static List<string> Split(LineSplitter splitter, params byte[][] pieces)
    {
        var lines = new List<string>();
        foreach (var piece in pieces)
        {
            splitter.Feed(piece);
            while (splitter.TryRead(out var line))
            {
                lines.Add(Encoding.UTF8.GetString(line.Span));
            }
        }

        if (splitter.TryReadLast(out var last))
        {
            lines.Add(Encoding.UTF8.GetString(last.Span));
        }

        return lines;
    }
}
