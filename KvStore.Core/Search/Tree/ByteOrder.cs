using System.Buffers.Binary;
using System.Numerics;

namespace KvStore.Core.Search.Tree;

/// <summary>An order of byte strings that compares them byte by byte, from one of their two ends.</summary>
/// <remarks>A type parameter, so that the compiler makes a tree of its own for each order.</remarks>
internal interface IByteOrder
{
    /// <summary>Negative, zero or positive as <paramref name="x"/> comes before, is, or comes after <paramref name="y"/>.</summary>
    static abstract int Compare(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y);

    /// <summary>How many bytes both have in common, from the end that the order begins at.</summary>
    static abstract int CommonLength(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y);

    /// <summary>The first <paramref name="length"/> bytes in the order's direction.</summary>
    static abstract ReadOnlySpan<byte> First(ReadOnlySpan<byte> key, int length);

    /// <summary>Whether <paramref name="key"/> begins, in the order's direction, with <paramref name="part"/>.</summary>
    static abstract bool Begins(ReadOnlySpan<byte> key, ReadOnlySpan<byte> part);

    /// <summary>The four bytes after the first <paramref name="skip"/>, as a number that sorts as they do; missing ones are 0.</summary>
    static abstract uint Head(ReadOnlySpan<byte> key, int skip);

    /// <summary>The bytes after the first <paramref name="length"/>, in the order's direction.</summary>
    static abstract ReadOnlySpan<byte> After(ReadOnlySpan<byte> key, int length);

    /// <summary>The first seven bytes, and in the lowest byte how many there are, as a number that sorts as they do.</summary>
    /// <returns>Missing bytes are 0: the lowest byte, <see cref="LongHead.More"/> where there are more than seven, tells them from bytes that are 0.</returns>
    static abstract ulong LongHead(ReadOnlySpan<byte> key);
}

/// <summary>What <see cref="IByteOrder.LongHead"/> is made of.</summary>
internal static class LongHead
{
    /// <summary>The bytes of a key in its head.</summary>
    public const int KeyBytes = sizeof(ulong) - 1;

    /// <summary>The most bytes that a short head made of it can leave out.</summary>
    public const int MaxSkip = KeyBytes - sizeof(uint);

    /// <summary>The lowest byte where the key goes on after them.</summary>
    public const byte More = KeyBytes + 1;

    /// <summary>Whether keys with one head, as <paramref name="head"/>, may differ after it.</summary>
    public static bool HasMore(ulong head) => (byte)head == More;

    /// <summary>The <see cref="IByteOrder.Head"/> after <paramref name="skip"/> bytes more, at most <see cref="MaxSkip"/>.</summary>
    public static uint Short(ulong head, int skip) => (uint)(head << (8 * skip) >> 32);
}

/// <summary>From the first byte on: keys with one prefix stand together.</summary>
internal readonly struct ForwardOrder : IByteOrder
{
    /// <inheritdoc />
    public static int Compare(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => x.SequenceCompareTo(y);

    /// <inheritdoc />
    public static int CommonLength(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => x.CommonPrefixLength(y);

    /// <inheritdoc />
    public static ReadOnlySpan<byte> First(ReadOnlySpan<byte> key, int length) => key[..length];

    /// <inheritdoc />
    public static bool Begins(ReadOnlySpan<byte> key, ReadOnlySpan<byte> part) => key.StartsWith(part);

    /// <inheritdoc />
    public static uint Head(ReadOnlySpan<byte> key, int skip)
    {
        if (key.Length >= skip + sizeof(uint))
        {
            return BinaryPrimitives.ReadUInt32BigEndian(key[skip..]);
        }

        var head = 0u;
        for (var i = skip; i < key.Length; i++)
        {
            head |= (uint)key[i] << (24 - (8 * (i - skip)));
        }

        return head;
    }

    /// <inheritdoc />
    public static ReadOnlySpan<byte> After(ReadOnlySpan<byte> key, int length) => key[length..];

    /// <inheritdoc />
    public static ulong LongHead(ReadOnlySpan<byte> key)
    {
        if (key.Length >= sizeof(ulong))
        {
            return (BinaryPrimitives.ReadUInt64BigEndian(key) & ~(ulong)byte.MaxValue) | Tree.LongHead.More;
        }

        var head = (ulong)key.Length;
        for (var i = 0; i < key.Length; i++)
        {
            head |= (ulong)key[i] << (56 - (8 * i));
        }

        return head;
    }
}

/// <summary>From the last byte back: keys with one suffix stand together.</summary>
internal readonly struct BackwardOrder : IByteOrder
{
    /// <inheritdoc />
    public static int Compare(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        var common = CommonLength(x, y);
        return common == x.Length || common == y.Length
            ? x.Length - y.Length
            : x[^(common + 1)] - y[^(common + 1)];
    }

    /// <inheritdoc />
    public static int CommonLength(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        var shorter = Math.Min(x.Length, y.Length);
        var common = 0;
        for (; common + sizeof(ulong) <= shorter; common += sizeof(ulong))
        {
            var difference = BinaryPrimitives.ReadUInt64LittleEndian(x[^(common + sizeof(ulong))..])
                ^ BinaryPrimitives.ReadUInt64LittleEndian(y[^(common + sizeof(ulong))..]);
            if (difference != 0)
            {
                return common + (BitOperations.LeadingZeroCount(difference) / 8);
            }
        }

        while (common < shorter && x[^(common + 1)] == y[^(common + 1)])
        {
            common++;
        }

        return common;
    }

    /// <inheritdoc />
    public static ReadOnlySpan<byte> First(ReadOnlySpan<byte> key, int length) => key[^length..];

    /// <inheritdoc />
    public static bool Begins(ReadOnlySpan<byte> key, ReadOnlySpan<byte> part) => key.EndsWith(part);

    /// <inheritdoc />
    public static uint Head(ReadOnlySpan<byte> key, int skip)
    {
        var end = key.Length - skip;
        if (end >= sizeof(uint))
        {
            return BinaryPrimitives.ReadUInt32LittleEndian(key[(end - sizeof(uint))..]);
        }

        var head = 0u;
        for (var i = 1; i <= end; i++)
        {
            head |= (uint)key[end - i] << (32 - (8 * i));
        }

        return head;
    }

    /// <inheritdoc />
    public static ReadOnlySpan<byte> After(ReadOnlySpan<byte> key, int length) => key[..^length];

    /// <inheritdoc />
    public static ulong LongHead(ReadOnlySpan<byte> key)
    {
        if (key.Length >= sizeof(ulong))
        {
            return (BinaryPrimitives.ReadUInt64LittleEndian(key[^sizeof(ulong)..]) & ~(ulong)byte.MaxValue) | Tree.LongHead.More;
        }

        var head = (ulong)key.Length;
        for (var i = 0; i < key.Length; i++)
        {
            head |= (ulong)key[^(i + 1)] << (56 - (8 * i));
        }

        return head;
    }
}
