using System.IO.Pipelines;

namespace KvStore.Api.Http;

/// <summary>A body whose last byte is given out by itself, when it is known to be the last.</summary>
/// <remarks>
/// <para>For a decoder that stops at the end of what it understands, and does not tell how much of what it was given came after it: some of
/// the body is left then, and shows it. Only where no more than one byte comes after is nothing left.</para>
/// <para>Not thread safe.</para>
/// </remarks>
internal sealed class HeldBackReader(PipeReader body) : PipeReader
{
    /// <inheritdoc />
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var read = await RequestBody.ReadPieceAsync(body);
            if (read.Buffer.Length > 1)
            {
                return new ReadResult(read.Buffer.Slice(0, read.Buffer.Length - 1), isCanceled: false, isCompleted: false);
            }

            if (read.IsCompleted)
            {
                return read;
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <inheritdoc />
    public override bool TryRead(out ReadResult result) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void AdvanceTo(SequencePosition consumed) => body.AdvanceTo(consumed);

    /// <inheritdoc />
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => body.AdvanceTo(consumed, examined);

    /// <inheritdoc />
    public override void CancelPendingRead() => body.CancelPendingRead();

    /// <inheritdoc />
    public override void Complete(Exception? exception = null) => body.Complete(exception);
}
