namespace KvStore.Core.Files;

/// <summary>A stream of a known length that is read once, from its beginning to its end.</summary>
/// <remarks>It says that it can be sought in, as archives ask only such streams for their length; it goes nowhere but forward.</remarks>
internal abstract class ForwardStream(long length) : Stream
{
    private long _position;

    /// <inheritdoc />
    public override bool CanRead => true;

    /// <inheritdoc />
    public override bool CanSeek => true;

    /// <inheritdoc />
    public override bool CanWrite => false;

    /// <inheritdoc />
    public override long Length => length;

    /// <inheritdoc />
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc />
    public override int Read(Span<byte> buffer)
    {
        var count = buffer.IsEmpty ? 0 : ReadNext(buffer);
        if (count == 0 && !buffer.IsEmpty && _position != length)
        {
            throw new EndOfStreamException($"{_position} bytes were read, but there should be {length}.");
        }

        _position += count;
        return count;
    }

    /// <inheritdoc />
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Read(buffer.Span));
    }

    /// <inheritdoc />
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc />
    public override void Flush()
    {
        // Nothing is ever written.
    }

    /// <inheritdoc />
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Reads the next bytes: at least one; none at the end.</summary>
    protected abstract int ReadNext(Span<byte> destination);
}

/// <summary>A data file as a stream. The file is its owner's to dispose of.</summary>
internal sealed class DataFileStream(IDataFile file, long length) : ForwardStream(length)
{
    /// <inheritdoc />
    protected override int ReadNext(Span<byte> destination) =>
        file.Read(Position, destination[..(int)Math.Min(destination.Length, Length - Position)]);
}
