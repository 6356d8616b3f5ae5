using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using KvStore.Core.Changes;
using KvStore.Core.Watching;

namespace KvStore.Api.Http;

/// <summary>Writes server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), each with one line of JSON.</summary>
/// <remarks>
/// <para>JSON escapes every line end, so no key or value can end an event or begin another. Each event has its revision as its id, which
/// a browser that has lost its connection sends back as <c>Last-Event-ID</c>.</para>
/// <para>Not thread safe.</para>
/// </remarks>
internal sealed class EventWriter(IBufferWriter<byte> destination) : IDisposable
{
    /// <summary>The media type of a stream of events.</summary>
    public const string ContentType = "text/event-stream";

    private const int MostDigits = 19;

    // Any byte of text may become six.
    private const int LongBytes = StreamedBody.PieceBytes / 6;

    private readonly Utf8JsonWriter _json = JsonResponse.CreateWriter(destination);
    private long _pending;

    /// <summary>Bytes written since <see cref="MarkFlushed"/>.</summary>
    public long Pending => _pending + _json.BytesCommitted;

    /// <summary>Whether a change is to be written by <see cref="WriteLongAsync"/>.</summary>
    public static bool IsLong(in WatchedChange change) => change.ValueMemory.Length > LongBytes;

    /// <summary>Says that all that was written has been sent.</summary>
    public void MarkFlushed() => _pending = -_json.BytesCommitted;

    /// <summary>Writes that events follow: those after <paramref name="revision"/>.</summary>
    public void WriteReady(long revision, string historyId)
    {
        Begin("ready"u8, revision);
        _json.WriteNumber("revision"u8, revision);
        _json.WriteString("historyId"u8, historyId);
        End();
    }

    /// <summary>Writes a change.</summary>
    public void WriteChange(in WatchedChange change)
    {
        var tail = BeginChange(change);
        if (change.Kind == ChangeKind.Set)
        {
            WriteValue(change.Value);
        }

        EndChange(tail);
    }

    /// <summary>Writes the beginning of a change whose value is long.</summary>
    public EventTail BeginChange(in WatchedChange change)
    {
        Begin(NameOf(change.Kind), change.Revision);
        _json.WriteString("key"u8, change.Key);
        return new EventTail(change.Kind, change.Revision, change.Timestamp, change.ContentType, change.ExpiresAt, change.ValueMemory);
    }

    /// <summary>Writes the rest of it, piece by piece.</summary>
    /// <param name="tail">What its beginning left.</param>
    /// <param name="flushAsync">Sends what has been written; false where the client wants no more.</param>
    /// <returns>False where the client wants no more.</returns>
    public async ValueTask<bool> WriteLongAsync(EventTail tail, Func<ValueTask<bool>> flushAsync)
    {
        var isText = Utf8.IsValid(tail.Value.Span);
        _json.WritePropertyName(isText ? "value"u8 : "base64"u8);
        if (!await StreamedBody.WriteStringAsync(_json, tail.Value, isBase64: !isText, Flush))
        {
            return false;
        }

        EndChange(tail);
        return true;

        ValueTask<bool> Flush()
        {
            _json.Flush();
            return flushAsync();
        }
    }

    /// <summary>Writes that the watch ends, and from where it can be resumed.</summary>
    public void WriteEnd(ReadOnlySpan<byte> name, long revision)
    {
        Begin(name, revision);
        _json.WriteNumber("revision"u8, revision);
        End();
    }

    /// <summary>Writes a comment, and an id without an event: where nothing happens to the watched keys, the client still learns from
    /// where to resume.</summary>
    public void WriteComment(long revision)
    {
        Write(":\nid: "u8);
        Write(revision);
        Write("\n\n"u8);
    }

    /// <inheritdoc />
    public void Dispose() => _json.Dispose();

    private static ReadOnlySpan<byte> NameOf(ChangeKind kind) => kind switch
    {
        ChangeKind.Set => "set"u8,
        ChangeKind.Delete => "delete"u8,
        _ => "expire"u8,
    };

    private void Begin(ReadOnlySpan<byte> name, long revision)
    {
        Write("id: "u8);
        Write(revision);
        Write("\nevent: "u8);
        Write(name);
        Write("\ndata: "u8);
        _json.WriteStartObject();
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _pending += _json.BytesCommitted;
        _json.Reset();
        Write("\n\n"u8);
    }

    private void EndChange(EventTail tail)
    {
        if (tail.Kind == ChangeKind.Set)
        {
            _json.WriteString("contentType"u8, tail.ContentType);
        }

        _json.WriteNumber("revision"u8, tail.Revision);
        _json.WriteNumber("timestamp"u8, tail.Timestamp);
        if (tail.ExpiresAt != 0)
        {
            WriteExpiry(tail.ExpiresAt);
        }

        End();
    }

    private void WriteValue(ReadOnlySpan<byte> value)
    {
        if (Utf8.IsValid(value))
        {
            _json.WriteString("value"u8, value);
        }
        else
        {
            _json.WriteBase64String("base64"u8, value);
        }
    }

    private void WriteExpiry(long milliseconds)
    {
        Span<byte> text = stackalloc byte[WireTime.Length];
        WireTime.Write(milliseconds, text);
        _json.WriteString("expiresAt"u8, text);
    }

    private void Write(ReadOnlySpan<byte> text)
    {
        destination.Write(text);
        _pending += text.Length;
    }

    private void Write(long number)
    {
        number.TryFormat(destination.GetSpan(MostDigits), out var length, default, CultureInfo.InvariantCulture);
        destination.Advance(length);
        _pending += length;
    }
}

/// <summary>What is left to write of a change.</summary>
internal readonly record struct EventTail(
    ChangeKind Kind, long Revision, long Timestamp, string ContentType, long ExpiresAt, ReadOnlyMemory<byte> Value);
