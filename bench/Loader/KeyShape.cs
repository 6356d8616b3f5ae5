using System.Buffers;
using System.Buffers.Text;

namespace Loader;

/// <summary>What keys look like, and which there are: the same ones for every store, in no order.</summary>
/// <remarks>
/// <para><see cref="Fixed"/>: 16 bytes, such as <c>key:617280394506</c>, scattered over all numbers of twelve digits.</para>
/// <para><see cref="Path"/>: 16 to 40 bytes, ten a user, such as <c>u/000000004217/order/517390</c>. The number at the end is
/// as good as random, so d digits as a suffix match about one key of 10^d. The tenth key of a user ends in <c>/x</c>, or in <c>/e</c>
/// where the user is one of those <see cref="UsersApart"/> apart: as evenly spread as can be.</para>
/// </remarks>
internal sealed class KeyShape
{
    /// <summary>The most bytes a key has.</summary>
    public const int MaxBytes = 40;

    /// <summary>Keys a user has in <see cref="Path"/>.</summary>
    public const int KeysOfUser = 10;

    /// <summary>The name of the shape with 16 bytes a key.</summary>
    public const string Fixed = "fixed";

    /// <summary>The name of the shape that looks like paths.</summary>
    public const string Path = "path";

    private const long TwelveDigits = 1_000_000_000_000;

    private static readonly byte[][] Words =
    [
        [.. "/tag/"u8], [.. "/note/"u8], [.. "/order/"u8], [.. "/address/"u8], [.. "/invoice/"u8], [.. "/shipment/"u8],
        [.. "/attachment/"u8], [.. "/payment-method/"u8], [.. "/delivery-addresses/"u8],
    ];

    private readonly bool _isPath;

    /// <summary>The keys of a shape.</summary>
    /// <param name="name"><see cref="Fixed"/> or <see cref="Path"/>.</param>
    /// <param name="count">How many there are; a multiple of <see cref="KeysOfUser"/>.</param>
    public KeyShape(string name, long count)
    {
        if (name is not (Fixed or Path) || count <= 0 || count % KeysOfUser != 0)
        {
            throw new FormatException($"a shape is {Fixed} or {Path}, and its keys a multiple of {KeysOfUser}");
        }

        (_isPath, Count) = (name == Path, count);
    }

    /// <summary>How many keys there are.</summary>
    public long Count { get; }

    /// <summary>How many users have keys, from 0.</summary>
    public long Users => Count / KeysOfUser;

    /// <summary>
    /// Every how many users a key ends in <c>/e</c>: so that about sqrt(10 x <see cref="Count"/>) keys do, for which a page of ten costs
    /// most, whether it is looked for in prefix order or in suffix order.
    /// </summary>
    public long UsersApart => Math.Max(1, (long)((Math.Sqrt(Count / 10.0) / KeysOfUser) + 0.5));

    /// <summary>Writes the key with a number from 0 to <see cref="Count"/>.</summary>
    /// <returns>Its length in bytes.</returns>
    public int Write(long index, Span<byte> key)
    {
        if (!_isPath)
        {
            "key:"u8.CopyTo(key);
            return 4 + WriteNumber(Scatter(index, TwelveDigits), 12, key[4..]);
        }

        var scattered = Scatter(index, Count);
        var (user, slot) = Math.DivRem(scattered, KeysOfUser);
        "u/"u8.CopyTo(key);
        var length = 2 + WriteNumber(user, 12, key[2..]);
        var word = slot < Words.Length ? Words[slot] : user % UsersApart == 0 ? "/e"u8 : "/x"u8;
        word.CopyTo(key[length..]);
        length += word.Length;
        return slot < Words.Length ? length + WriteNumber((long)(Mix((ulong)scattered) % 1_000_000), 6, key[length..]) : length;
    }

    /// <summary>Bits as good as random, the same for the same number.</summary>
    public static ulong Mix(ulong number)
    {
        number = (number + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
        number = (number ^ (number >> 27)) * 0x94D049BB133111EB;
        return number ^ (number >> 31);
    }

    /// <summary>A permutation of the numbers below <paramref name="count"/>: a Feistel network, gone through again until it is below.</summary>
    private static long Scatter(long index, long count)
    {
        var half = 1;
        while (1L << (2 * half) < count)
        {
            half++;
        }

        var mask = (1L << half) - 1;
        do
        {
            var (left, right) = (index >> half, index & mask);
            for (var round = 0UL; round < 4; round++)
            {
                (left, right) = (right, left ^ ((long)Mix((ulong)right | (round << 32)) & mask));
            }

            index = (left << half) | right;
        }
        while (index >= count);

        return index;
    }

    private static int WriteNumber(long number, byte digits, Span<byte> destination)
    {
        Utf8Formatter.TryFormat(number, destination, out var length, new StandardFormat('D', digits));
        return length;
    }
}
