using System.Globalization;
using System.Text;
using KvStore.Core.Records;

namespace KvStore.Tests.Unit.Records;

public sealed class ContentTypesTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(ContentTypes.Default)]
    public void The_default_type_takes_no_bytes(string? contentType)
    {
        ContentTypes.Encode(contentType).Size.Should().Be(0);
        ContentTypes.Decode(ContentTypes.Encode(contentType).Code, default).Should().Be("text/plain; charset=utf-8");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("TEXT/PLAIN; charset=utf-8")]
    [InlineData("image/svg+xml; x=\"~ \"")]
    public void Any_other_type_reads_back_as_written(string contentType)
    {
        Decoded(contentType).Should().Be(contentType);
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("text/plain; a=\"~ !\"", true)]
    [InlineData("", false)]
    [InlineData("text/\nplain", false)]
    [InlineData("text/plain\u007f", false)]
    [InlineData("text/plain\0", false)]
    [InlineData("text/é", false)]
    public void Only_printable_ascii_is_storable(string contentType, bool storable)
    {
        ContentTypes.IsStorable(contentType).Should().Be(storable);
    }

    [Fact]
    public void At_most_255_characters_are_storable()
    {
        ContentTypes.IsStorable(new string('t', 255)).Should().BeTrue();
        ContentTypes.IsStorable(new string('t', 256)).Should().BeFalse();
    }

    [Fact]
    public void Types_in_common_use_share_a_string_whatever_clients_make_up()
    {
        var madeUp = Enumerable.Range(0, 3_000).Select(i => "x/" + i.ToString(CultureInfo.InvariantCulture)).ToList();

        madeUp.Count(IsShared).Should().BeInRange(1, 1_100, "the table is bounded, and clients choose what goes in");
        IsShared(ContentTypes.Json).Should().BeTrue();
        IsShared("application/octet-stream").Should().BeTrue();
    }

    private static bool IsShared(string contentType) => ReferenceEquals(Decoded(contentType), Decoded(contentType));

    private static string Decoded(string contentType)
    {
        var encoded = ContentTypes.Encode(contentType);
        return ContentTypes.Decode(encoded.Code, Encoding.ASCII.GetBytes(encoded.Text ?? ""));
    }
}
