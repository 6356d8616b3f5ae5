using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>A file that is read from its beginning on, through a part of it that is held in memory.</summary>
/// <remarks>Not thread safe.</remarks>
/// <param name="file">The file, which is disposed of with this.</param>
internal sealed class FileWindow(IDataFile file) : IDisposable
{
    /// <summary>Bytes that are read at a time.</summary>
    public const int Bytes = 4 * 1_024 * 1_024;

    private byte[] _bytes = [];
    private long _start;
    private int _count;

    /// <summary>Bytes of the file.</summary>
    public long Length { get; } = file.Length;

    /// <summary>The bytes at a place, until the next call; fewer where the file ends there.</summary>
    public ReadOnlySpan<byte> Peek(long offset, int length)
    {
        if (offset < _start || offset + length > _start + _count)
        {
            Fill(offset, (int)Math.Clamp(Length - offset, 0, length));
        }

        var first = (int)(offset - _start);
        return _bytes.AsSpan(first, Math.Min(length, _count - first));
    }

    /// <summary>The bytes from a place on, as many as are held, and at least those of a frame; fewer only at the file's end.</summary>
    public ReadOnlySpan<byte> PeekAhead(long offset)
    {
        Peek(offset, (int)Math.Clamp(Length - offset, 0, LogFormat.FrameBytes));
        var first = (int)(offset - _start);
        return _bytes.AsSpan(first, _count - first);
    }

    /// <inheritdoc />
    public void Dispose() => file.Dispose();

    private void Fill(long offset, int length)
    {
        // What one long frame took is not kept for the short ones after it.
        var size = (int)Math.Min(Math.Max(Bytes, length), Math.Max(Length, 1));
        if (_bytes.Length < length || _bytes.Length > size)
        {
            _bytes = GC.AllocateUninitializedArray<byte>(size);
        }

        _start = offset;
        _count = offset < Length ? file.Read(offset, _bytes) : 0;
    }
}
