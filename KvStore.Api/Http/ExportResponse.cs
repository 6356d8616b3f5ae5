using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Unicode;
using KvStore.Core.Errors;
using KvStore.Core.Search;
using KvStore.Core.Store;
using Microsoft.Net.Http.Headers;
using ContentTypes = KvStore.Core.Records.ContentTypes;
using ReadResult = KvStore.Core.Store.ReadResult;

namespace KvStore.Api.Http;

/// <summary>Streams the whole store as lines of JSON, in key order.</summary>
/// <remarks>
/// <para>The revision is asked for before the first key. So a key that is missing, or whose line is older than what the store holds in the end, has
/// changed after that revision, and whoever watches from there on is told.</para>
/// <para>Holds one page of keys and one value at a time. A slow client holds up only itself.</para>
/// </remarks>
internal sealed class ExportResponse(HttpContext context, IKeyValueStore store)
{
    /// <summary>The media type of lines of JSON.</summary>
    public const string ContentType = "application/x-ndjson";

    /// <summary>The header with the revision from which changes are to be watched.</summary>
    public const string Revision = "KvStore-Revision";

    private const int PageKeys = 512;
    private const int FlushBytes = 32 * 1_024;
    private const int RecordsInARow = 32;

    private static readonly JsonEncodedText DefaultType = JsonResponse.Encode(ContentTypes.Default);

    private readonly KeyCursor _cursor = new();
    private readonly KeyPage _page = new();
    private readonly ArrayBufferWriter<byte> _value = new();
    private PipeWriter _output = null!;
    private Utf8JsonWriter _writer = null!;
    private long _unflushed;

    /// <summary>Sends the store.</summary>
    public async Task SendAsync()
    {
        var isGzip = ContentCoding.AsksForGzip(context.Request);
        var headers = context.Response.Headers;
        headers[Revision] = HeaderUtilities.FormatNonNegativeInt64(await store.GetSettledRevisionAsync(context.RequestAborted));
        headers.Vary = "Accept-Encoding";
        headers.XContentTypeOptions = "nosniff";
        context.Response.ContentType = ContentType;
        if (isGzip)
        {
            headers.ContentEncoding = ContentCoding.Gzip;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        await (isGzip ? WriteCompressedAsync() : WriteAsync(context.Response.BodyWriter));
    }

    private async Task WriteCompressedAsync()
    {
        // Fast: the requests beside it wait for the processor that it takes.
        await using var stream = new GZipStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: FlushBytes, leaveOpen: true));
        try
        {
            await WriteAsync(output);
            await output.CompleteAsync();
        }
        catch
        {
            // Before the stream writes its end: what is not whole must not look so.
            context.Abort();
            throw;
        }
    }

    private async Task WriteAsync(PipeWriter output)
    {
        _output = output;
        await using (_writer = JsonResponse.CreateWriter(output))
        {
            bool more;
            do
            {
                more = await store.SearchAsync(default, _cursor, PageKeys, _page, context.RequestAborted);
            }
            while (await WritePageAsync() && more);
        }

        await output.FlushAsync(context.RequestAborted);
    }

    /// <summary>Writes the page; false where the client wants no more of it.</summary>
    private async ValueTask<bool> WritePageAsync()
    {
        for (var i = 0; i < _page.Count; i++)
        {
            _value.ResetWrittenCount();
            var read = await store.GetAsync(_page[i], _value, cancellationToken: context.RequestAborted);
            StorageFailedException.ThrowIf(read.Error);
            if (read.Error != ErrorCode.None)
            {
                // It was deleted, or expired, since the page was read.
                continue;
            }

            var isText = BeginRecord(_page[i]);
            if (_value.WrittenCount <= StreamedBody.PieceBytes)
            {
                WriteValue(isText);
            }
            else if (!await StreamedBody.WriteStringAsync(_writer, _value.WrittenMemory, !isText, FlushAsync))
            {
                return false;
            }

            EndRecord(read);
            if (i % RecordsInARow == 0)
            {
                // Whoever waits for this processor has it now, and not only when the system ends a turn of some milliseconds.
                Thread.Yield();
            }

            if (_unflushed >= FlushBytes && !await FlushAsync())
            {
                return false;
            }
        }

        return true;
    }

    private bool BeginRecord(ReadOnlySpan<byte> key)
    {
        var isText = Utf8.IsValid(_value.WrittenSpan);
        _writer.Reset();
        _writer.WriteStartObject();
        _writer.WriteString("key"u8, key);
        _writer.WritePropertyName(isText ? "value"u8 : "base64"u8);
        return isText;
    }

    private void WriteValue(bool isText)
    {
        if (isText)
        {
            _writer.WriteStringValue(_value.WrittenSpan);
        }
        else
        {
            _writer.WriteBase64StringValue(_value.WrittenSpan);
        }
    }

    private void EndRecord(in ReadResult read)
    {
        if (ReferenceEquals(read.ContentType, ContentTypes.Default))
        {
            _writer.WriteString("contentType"u8, DefaultType);
        }
        else
        {
            _writer.WriteString("contentType"u8, read.ContentType);
        }

        if (read.ExpiresAt != 0)
        {
            Span<byte> time = stackalloc byte[WireTime.Length];
            WireTime.Write(read.ExpiresAt, time);
            _writer.WriteString("expiresAt"u8, time);
        }

        _writer.WriteNumber("revision"u8, read.Revision);
        _writer.WriteEndObject();
        _writer.Flush();
        _unflushed += _writer.BytesCommitted + 1;
        _output.Write("\n"u8);
    }

    /// <summary>Sends what has been written; false where the client wants no more.</summary>
    private async ValueTask<bool> FlushAsync()
    {
        _writer.Flush();
        _unflushed = 0;
        var flush = _output.FlushAsync(context.RequestAborted);
        if (flush.IsCompleted)
        {
            // A client that reads as fast as this writes would keep the thread to itself.
            await Task.Yield();
        }

        return !(await flush).IsCompleted;
    }
}
