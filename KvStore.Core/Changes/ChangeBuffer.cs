using System.Buffers;
using KvStore.Core.Records;

namespace KvStore.Core.Changes;

/// <summary>One change, copied out of the log. Used again and again by one reader, who disposes of it whenever it has nothing to read.</summary>
/// <remarks>Not thread safe.</remarks>
internal sealed class ChangeBuffer : IDisposable
{
    private const int Smallest = 256;

    // What a long change took is not kept for the short ones after it: each of thousands of readers may stop in the middle of those.
    private const int MostKept = 32 * 1_024;

    private byte[] _bytes = [];
    private int _length;

    /// <summary>What happened.</summary>
    public ChangeKind Kind => ChangeRecord.Kind(_bytes);

    /// <summary>Whether the next revision belongs to the same atomic batch.</summary>
    public bool HasMore => ChangeRecord.HasMore(_bytes);

    /// <summary>When, in Unix milliseconds.</summary>
    public long Timestamp => ChangeRecord.Timestamp(_bytes);

    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Key => _bytes.AsSpan(ChangeRecord.HeaderBytes..ChangeRecord.KeyEnd(_bytes, _length));

    /// <summary>The record that a set wrote; false for any other change, and where the record was left out.</summary>
    public bool TryGetRecord(out Record record) =>
        Record.TryRead(_bytes.AsSpan(ChangeRecord.KeyEnd(_bytes, _length).._length), out record);

    /// <summary>The last bytes of the change, until it is replaced: a record ends with its value.</summary>
    public ReadOnlyMemory<byte> Last(int length) => _bytes.AsMemory(_length - length, length);

    /// <summary>Gives the memory back; it comes anew with the next change.</summary>
    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        (_bytes, _length) = ([], 0);
    }

    /// <summary>Makes room for a change of <paramref name="length"/> bytes; what is there of its beginning stays.</summary>
    internal Span<byte> Begin(int length)
    {
        if (length > _bytes.Length || (length <= MostKept && _bytes.Length > MostKept))
        {
            var bytes = ArrayPool<byte>.Shared.Rent(Math.Max(length, Smallest));
            _bytes.AsSpan(0, Math.Min(_length, length)).CopyTo(bytes);
            Dispose();
            _bytes = bytes;
        }

        _length = length;
        return _bytes.AsSpan(0, length);
    }
}
