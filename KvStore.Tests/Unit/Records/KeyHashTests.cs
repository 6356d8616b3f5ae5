using System.Text;
using KvStore.Core.Records;

namespace KvStore.Tests.Unit.Records;

public sealed class KeyHashTests
{
    [Fact]
    public void Keys_whose_bytes_make_up_for_their_lengths_do_not_collide()
    {
        // The last 8 to 16 bytes of all are alike when read in two words, and the byte at 8 cancels the length out where that is only added.
        var hashes =
            from number in Enumerable.Range(0, 100)
            from length in Enumerable.Range(24, 9)
            select KeyHash.Of(Encoding.ASCII.GetBytes($"{number:d8}{(char)('@' ^ length)}".PadRight(length, 'a')));

        hashes.Distinct().Should().HaveCountGreaterThan(890, "of 900 keys hardly any two collide by chance");
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("{0:d16}")]
    [InlineData("user/{0}/profile")]
    public void Numbered_keys_collide_no_more_than_by_chance(string shape)
    {
        const int Keys = 200_000;

        var hashes = new HashSet<int>(Keys);
        for (var i = 0; i < Keys; i++)
        {
            hashes.Add(KeyHash.Of(Encoding.ASCII.GetBytes(string.Format(System.Globalization.CultureInfo.InvariantCulture, shape, i))));
        }

        // Five are to be expected.
        (Keys - hashes.Count).Should().BeLessThan(40);
    }
}
