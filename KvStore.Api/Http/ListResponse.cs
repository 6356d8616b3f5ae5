using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using KvStore.Core.Errors;
using KvStore.Core.Search;
using KvStore.Core.Store;

namespace KvStore.Api.Http;

/// <summary>Streams a listing as it is read: an array of keys, or an object from key to value.</summary>
/// <remarks>Holds one page of keys and one value at a time, however long the listing is. A slow client holds up only itself.</remarks>
internal sealed class ListResponse(HttpContext context, IKeyValueStore store, ListQuery query)
{
    private const int StreamPageKeys = 512;
    private const int FlushBytes = 32 * 1_024;

    private readonly KeyCursor _cursor = query.After is { } after ? KeyCursor.AfterKey(after) : new KeyCursor();
    private readonly KeyPage _page = new();
    private readonly ArrayBufferWriter<byte> _value = new();
    private long _flushed;

    /// <summary>Sends a listing without keys.</summary>
    public async Task SendEmptyAsync()
    {
        await using var writer = Begin();
        End(writer);
    }

    /// <summary>Sends the listing; with its Content-Length, where all of it fits one flush.</summary>
    public async Task SendAsync()
    {
        var more = await ReadPageAsync();
        if (more && query.Limit is not null)
        {
            context.Response.Headers.Link = query.NextLink(_page[_page.Count - 1]);
            more = false;
        }

        await using var writer = Begin();
        while (await WritePageAsync(writer))
        {
            if (!more)
            {
                End(writer);
                return;
            }

            more = await ReadPageAsync();
        }
    }

    private ValueTask<bool> ReadPageAsync() =>
        store.SearchAsync(query.Filter, _cursor, query.Limit ?? StreamPageKeys, _page, context.RequestAborted);

    /// <summary>Writes the page; false where the client wants no more of it.</summary>
    private async ValueTask<bool> WritePageAsync(Utf8JsonWriter writer)
    {
        for (var i = 0; i < _page.Count; i++)
        {
            if (query.WithValues && !await WriteValueAsync(writer, i))
            {
                return false;
            }

            if (!query.WithValues)
            {
                writer.WriteStringValue(_page[i]);
            }

            if (writer.BytesCommitted + writer.BytesPending - _flushed >= FlushBytes && !await FlushAsync(writer))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes a key and its value; false where the client wants no more of it.</summary>
    private async ValueTask<bool> WriteValueAsync(Utf8JsonWriter writer, int index)
    {
        _value.ResetWrittenCount();
        var read = await store.GetAsync(_page[index], _value, cancellationToken: context.RequestAborted);
        StorageFailedException.ThrowIf(read.Error);
        if (read.Error != ErrorCode.None)
        {
            // It was deleted, or expired, since the page was read.
            return true;
        }

        writer.WritePropertyName(_page[index]);
        if (Utf8.IsValid(_value.WrittenSpan))
        {
            return await StreamedBody.WriteStringAsync(writer, _value.WrittenMemory, isBase64: false, () => FlushAsync(writer));
        }

        writer.WriteStartObject();
        writer.WritePropertyName("base64"u8);
        var isWanted = await StreamedBody.WriteStringAsync(writer, _value.WrittenMemory, isBase64: true, () => FlushAsync(writer));
        writer.WriteEndObject();
        return isWanted;
    }

    private async ValueTask<bool> FlushAsync(Utf8JsonWriter writer)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return false;
        }

        writer.Flush();
        _flushed = writer.BytesCommitted;
        var result = await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return !result.IsCompleted;
    }

    private Utf8JsonWriter Begin()
    {
        context.Response.ContentType = JsonResponse.ContentType;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        var writer = JsonResponse.CreateWriter(context.Response.BodyWriter);
        if (query.WithValues)
        {
            writer.WriteStartObject();
        }
        else
        {
            writer.WriteStartArray();
        }

        return writer;
    }

    private void End(Utf8JsonWriter writer)
    {
        if (query.WithValues)
        {
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteEndArray();
        }

        writer.Flush();
        if (!context.Response.HasStarted)
        {
            context.Response.ContentLength = writer.BytesCommitted;
        }
    }
}
