using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using KvStore.Core.Errors;
using KvStore.Core.Store.Batches;

namespace KvStore.Api.Http;

/// <summary>Streams the results of a batch as they come.</summary>
/// <remarks>
/// <para>Holds one piece of the answer and one value, however many there are. A slow client holds up only its own batch. One that has
/// gone away does not end it: what it asked for is carried out.</para>
/// <para>Not thread safe.</para>
/// </remarks>
internal sealed class BatchResponse(HttpContext context) : IBatchResults, IDisposable
{
    private const int FlushBytes = 32 * 1_024;

    // Longer values are sent one by one, in pieces of their own.
    private const int LongestInPiece = (FlushBytes - BatchResultWriter.MostBesideValue) / BatchResultWriter.MostOfByte;

    private readonly byte[] _piece = ArrayPool<byte>.Shared.Rent(2 * FlushBytes);
    private readonly ArrayBufferWriter<byte> _value = new(256);
    private Utf8JsonWriter? _writer;
    private BatchResult _long;
    private int _length;
    private bool _hasLong;
    private bool _hasResults;
    private bool _isGone;

    /// <inheritdoc />
    public IBufferWriter<byte> BeginValue()
    {
        _value.ResetWrittenCount();
        return _value;
    }

    /// <inheritdoc />
    public bool Add(in BatchResult result)
    {
        if (_hasResults)
        {
            _piece[_length++] = (byte)',';
        }

        _hasResults = true;
        if (result is { Kind: BatchKind.Get, Error: ErrorCode.None } && _value.WrittenCount > LongestInPiece)
        {
            (_long, _hasLong) = (result, true);
            return false;
        }

        _length += BatchResultWriter.Write(_piece.AsSpan(_length), result, _value.WrittenSpan);
        return _length < FlushBytes;
    }

    /// <summary>Sends the results of a whole batch.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="turn">Has results added, from one on, until no more are taken; and tells which comes next.</param>
    public async Task SendAsync(int count, Func<int, ValueTask<int>> turn)
    {
        context.Response.ContentType = JsonResponse.ContentType;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        Put("{\"results\":["u8);
        for (var next = 0; next < count;)
        {
            next = await turn(next);
            if (_hasLong)
            {
                await SendLongAsync();
            }
            else if (next < count)
            {
                await FlushAsync();
            }
        }

        Put("]}"u8);
        if (!context.Response.HasStarted)
        {
            context.Response.ContentLength = _length;
        }

        await FlushAsync();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _writer?.Dispose();
        ArrayPool<byte>.Shared.Return(_piece);
    }

    private async ValueTask SendLongAsync()
    {
        _hasLong = false;
        var isBase64 = !Utf8.IsValid(_value.WrittenSpan);
        _length += BatchResultWriter.WriteBeforeValue(_piece.AsSpan(_length), _long, isBase64);
        if (await FlushAsync())
        {
            _writer ??= JsonResponse.CreateWriter(context.Response.BodyWriter);
            _writer.Reset();
            await StreamedBody.WriteStringAsync(_writer, _value.WrittenMemory, isBase64, FlushAsync);
            _writer.Flush();
        }

        _length += BatchResultWriter.WriteAfterValue(_piece.AsSpan(_length), _long);
    }

    /// <summary>Sends what has been written; false where the client has gone.</summary>
    private async ValueTask<bool> FlushAsync()
    {
        if (!_isGone)
        {
            _writer?.Flush();
            context.Response.BodyWriter.Write(_piece.AsSpan(0, _length));

            // Not cancelled when the client goes: the end of the connection ends the wait, and the batch goes on.
            var result = await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
            _isGone = result.IsCompleted;
        }

        _length = 0;
        return !_isGone;
    }

    private void Put(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_piece.AsSpan(_length));
        _length += text.Length;
    }
}
