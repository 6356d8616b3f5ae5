using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using KvStore.Core.Errors;
using KvStore.Core.Store.Batches;
using ContentTypes = KvStore.Core.Records.ContentTypes;

namespace KvStore.Api.Http;

/// <summary>Writes the results of a batch as JSON, byte by byte: they are many and all alike.</summary>
internal ref struct BatchResultWriter
{
    /// <summary>The most bytes that a result takes beside its value.</summary>
    public const int MostBesideValue = 2_048;

    /// <summary>The most bytes that each byte of a value takes, whatever it is.</summary>
    public const int MostOfByte = 6;

    // What JSON takes as it stands; beyond ASCII only the encoder knows.
    private static readonly SearchValues<byte> Plain =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Where(c => c is not ('"' or '\\')).Select(c => (byte)c)]);

    private readonly Span<byte> _destination;

    private BatchResultWriter(Span<byte> destination) => _destination = destination;

    private int Length { get; set; }

    /// <summary>Writes a whole result.</summary>
    /// <param name="destination">Room for <see cref="MostBesideValue"/> bytes, and <see cref="MostOfByte"/> for each of the value.</param>
    /// <param name="result">The result.</param>
    /// <param name="value">The value that was read; nothing for other results.</param>
    /// <returns>How many bytes it takes.</returns>
    public static int Write(Span<byte> destination, in BatchResult result, ReadOnlySpan<byte> value)
    {
        var writer = new BatchResultWriter(destination);
        writer.Begin(result);
        if (result is { Kind: BatchKind.Get, Error: ErrorCode.None })
        {
            writer.Value(value);
            writer.EndValue(result);
        }
        else
        {
            writer.Put("}"u8);
        }

        return writer.Length;
    }

    /// <summary>A whole result without a value.</summary>
    public static byte[] Write(in BatchResult result)
    {
        Span<byte> bytes = stackalloc byte[MostBesideValue];
        return bytes[..Write(bytes, result, value: default)].ToArray();
    }

    /// <summary>Writes what comes before a value that is written by others.</summary>
    public static int WriteBeforeValue(Span<byte> destination, in BatchResult result, bool isBase64)
    {
        var writer = new BatchResultWriter(destination);
        writer.Begin(result);
        writer.Put(isBase64 ? ",\"base64\":"u8 : ",\"value\":"u8);
        return writer.Length;
    }

    /// <summary>Writes what comes after it.</summary>
    public static int WriteAfterValue(Span<byte> destination, in BatchResult result)
    {
        var writer = new BatchResultWriter(destination);
        writer.EndValue(result);
        return writer.Length;
    }

    /// <summary>Writes what a result begins with: the status that the operation would have had alone, and what goes with it.</summary>
    private void Begin(in BatchResult result)
    {
        if (result.Error != ErrorCode.None)
        {
            Fail(result);
            return;
        }

        Put(result.Kind == BatchKind.Delete ? "{\"status\":204,\"revision\":"u8 : "{\"status\":200,\"revision\":"u8);
        Number(result.Revision);
        if (result.Kind == BatchKind.Set)
        {
            Put(result.Created ? ",\"created\":true"u8 : ",\"created\":false"u8);
        }
    }

    private void Fail(in BatchResult result)
    {
        var error = ErrorCatalogue.Describe(result.Error);
        Put("{\"status\":"u8);
        Number(error.HttpStatus);
        Put(",\"code\":\""u8);
        Length += Encoding.ASCII.GetBytes(error.Name, _destination[Length..]);
        Put("\""u8);
        if (result is { Error: ErrorCode.RevisionMismatch, Revision: >= 0 })
        {
            Put(",\"currentRevision\":"u8);
            Number(result.Revision);
        }
    }

    private void Value(ReadOnlySpan<byte> value)
    {
        if (!value.ContainsAnyExcept(Plain))
        {
            Put(",\"value\":\""u8);
            Put(value);
        }
        else if (Utf8.IsValid(value))
        {
            Put(",\"value\":\""u8);
            JavaScriptEncoder.UnsafeRelaxedJsonEscaping.EncodeUtf8(value, _destination[Length..], out _, out var written);
            Length += written;
        }
        else
        {
            Put(",\"base64\":\""u8);
            Base64.EncodeToUtf8(value, _destination[Length..], out _, out var written);
            Length += written;
        }

        Put("\""u8);
    }

    private void EndValue(in BatchResult result)
    {
        if (ReferenceEquals(result.ContentType, ContentTypes.Default))
        {
            Put(",\"contentType\":\"text/plain; charset=utf-8\""u8);
        }
        else
        {
            Put(",\"contentType\":\""u8);
            Span<byte> type = stackalloc byte[ContentTypes.MaxLength];
            type = type[..Encoding.ASCII.GetBytes(result.ContentType, type)];
            JavaScriptEncoder.UnsafeRelaxedJsonEscaping.EncodeUtf8(type, _destination[Length..], out _, out var written);
            Length += written;
            Put("\""u8);
        }

        if (result.ExpiresAt != 0)
        {
            Put(",\"expiresAt\":\""u8);
            Length += Encoding.ASCII.GetBytes(WireTime.Format(result.ExpiresAt), _destination[Length..]);
            Put("\""u8);
        }

        Put("}"u8);
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_destination[Length..]);
        Length += bytes.Length;
    }

    private void Number(long number)
    {
        Utf8Formatter.TryFormat(number, _destination[Length..], out var written);
        Length += written;
    }
}
