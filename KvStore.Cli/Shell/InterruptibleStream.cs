namespace KvStore.Cli.Shell;

/// <summary>A standard stream whose reads and writes can be given up.</summary>
/// <remarks>
/// A read from a terminal or a pipe, and a write into a full one, hold a thread in the system, where no token reaches it: without this, Ctrl-C
/// would not end a command that waits there. A write that is given up still waits until the process ends, so that what follows it is left out.
/// </remarks>
/// <param name="opened">The stream, opened when it is first used.</param>
internal sealed class InterruptibleStream(Lazy<Stream> opened) : Stream
{
    private bool _isGivenUp;

    /// <summary>Of a stream that is open.</summary>
    public InterruptibleStream(Stream inner)
        : this(new Lazy<Stream>(inner))
    {
    }

    /// <inheritdoc />
    public override bool CanRead => opened.Value.CanRead;

    /// <inheritdoc />
    public override bool CanWrite => opened.Value.CanWrite;

    /// <inheritdoc />
    public override bool CanSeek => false;

    /// <inheritdoc />
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        await Task.Run(() => opened.Value.Read(buffer.Span), CancellationToken.None).WaitAsync(cancellationToken);

    /// <inheritdoc />
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isGivenUp)
        {
            return;
        }

        try
        {
            await Task.Run(() => opened.Value.Write(buffer.Span), CancellationToken.None).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _isGivenUp = true;
            throw;
        }
    }

    /// <inheritdoc />
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc />
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => opened.Value.Read(buffer, offset, count);

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count) => opened.Value.Write(buffer, offset, count);

    /// <inheritdoc />
    public override void Flush() => opened.Value.Flush();

    /// <inheritdoc />
    public override Task FlushAsync(CancellationToken cancellationToken) => opened.Value.FlushAsync(cancellationToken);

    /// <inheritdoc />
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void SetLength(long value) => throw new NotSupportedException();
}
