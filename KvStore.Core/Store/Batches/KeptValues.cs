using System.Runtime.InteropServices;

namespace KvStore.Core.Store.Batches;

/// <summary>A value that an atomic batch has read.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct KeptValue(ReadOnlyMemory<byte> Bytes, string ContentType, long ExpiresAt);

/// <summary>The values that an atomic batch has read, each key's once: they are sent when the locks are no longer held.</summary>
/// <remarks>Not thread safe.</remarks>
internal sealed class KeptValues
{
    private const int BlockBytes = 64 * 1_024;

    private readonly List<KeptValue> _values = [];
    private Memory<byte> _room;

    /// <summary>Bytes of all values.</summary>
    public long Bytes { get; private set; }

    /// <summary>A value, by its place.</summary>
    public KeptValue this[int place] => _values[place];

    /// <summary>Keeps a value.</summary>
    /// <returns>Its place, plus 1.</returns>
    public int Add(in KeptValue value)
    {
        _values.Add(value);
        Bytes += value.Bytes.Length;
        return _values.Count;
    }

    /// <summary>Copies bytes that may not stay as they are.</summary>
    public ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _room.Length)
        {
            _room = GC.AllocateUninitializedArray<byte>(Math.Max(BlockBytes, bytes.Length));
        }

        var copy = _room[..bytes.Length];
        bytes.CopyTo(copy.Span);
        _room = _room[bytes.Length..];
        return copy;
    }
}
