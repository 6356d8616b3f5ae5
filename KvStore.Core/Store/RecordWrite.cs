using System.Buffers;
using KvStore.Core.Memory;
using KvStore.Core.Records;

namespace KvStore.Core.Store;

/// <summary>A record that is about to be written. A large one is encoded at once, outside any lock.</summary>
internal readonly ref struct RecordWrite
{
    private readonly ReadOnlySequence<byte> _value;
    private readonly ContentTypeCode _contentType;
    private readonly int _size;
    private readonly byte[]? _large;

    public RecordWrite(scoped in ReadOnlySequence<byte> value, string? contentType, long expiresAt)
    {
        _value = value;
        _contentType = ContentTypes.Encode(contentType);
        ExpiresAt = expiresAt;
        ValueLength = checked((int)value.Length);
        _size = Record.Size(ValueLength, _contentType, expiresAt);
        if (Slabs.NeedsOwnChunk(_size))
        {
            _large = Slabs.CreateOwnChunk(_size);
            Record.Write(_large, revision: 0, _value, _contentType, expiresAt);
        }
    }

    /// <summary>When the key expires, in Unix milliseconds; 0 = never.</summary>
    public long ExpiresAt { get; }

    /// <summary>The value's length in bytes.</summary>
    public int ValueLength { get; }

    /// <summary>The bytes that the record takes.</summary>
    public int Size => _size;

    /// <summary>Whether the record may be written over <paramref name="old"/>, in its cell.</summary>
    public bool FitsCellOf(in Record old) => Slabs.AreCellsEqual(_size, old.TotalSize);

    /// <summary>Writes the record where it is not to stay.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    /// <param name="revision">Its revision.</param>
    public void Encode(Span<byte> destination, long revision)
    {
        if (_large is null)
        {
            Record.Write(destination, revision, _value, _contentType, ExpiresAt);
        }
        else
        {
            _large.AsSpan(0, _size).CopyTo(destination);
            Record.StampRevision(destination, revision);
        }
    }

    /// <summary>Takes a cell for the record.</summary>
    public SlabRef Allocate(Slabs slabs) => _large is null ? slabs.Allocate(_size) : slabs.Adopt(_large);

    /// <summary>Writes what is not written yet into the record's cell.</summary>
    public void Complete(Span<byte> cell, long revision)
    {
        if (_large is null)
        {
            Record.Write(cell, revision, _value, _contentType, ExpiresAt);
        }
        else
        {
            Record.StampRevision(cell, revision);
        }
    }
}
