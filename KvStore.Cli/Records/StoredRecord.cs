using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using KvStore.Grpc.KeyValue;

namespace KvStore.Cli.Records;

/// <summary>A key with what is stored under it.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value.</param>
/// <param name="ContentType">The value's type.</param>
/// <param name="Revision">The revision of the write that set it.</param>
/// <param name="ExpiresAt">When it expires, in Unix milliseconds; 0 = never.</param>
internal readonly record struct StoredRecord(string Key, ReadOnlyMemory<byte> Value, string ContentType, long Revision, long ExpiresAt)
{
    private const string TimePattern = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>What Get answered, as bytes.</summary>
    public static StoredRecord Of(string key, GetResponse response) =>
        new(key, response.ValueBytes.Memory, response.ContentType, response.Revision, response.ExpiresAt);

    /// <summary>What Search answered, as bytes.</summary>
    public static StoredRecord Of(SearchResult result) =>
        new(result.Key, result.ValueBytes.Memory, result.ContentType, result.Revision, result.ExpiresAt);

    /// <summary>Writes the members of its JSON: those of a line of an export.</summary>
    public void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteString("key"u8, Key);
        WriteValue(json, Value.Span);
        json.WriteString("contentType"u8, ContentType);
        WriteExpiry(json, ExpiresAt);
        json.WriteNumber("revision"u8, Revision);
    }

    /// <summary>Writes a value as text or, where it is none, in Base64.</summary>
    public static void WriteValue(Utf8JsonWriter json, ReadOnlySpan<byte> value)
    {
        if (Utf8.IsValid(value))
        {
            json.WriteString("value"u8, value);
        }
        else
        {
            json.WriteBase64String("base64"u8, value);
        }
    }

    /// <summary>Writes when a key expires, if it does.</summary>
    public static void WriteExpiry(Utf8JsonWriter json, long expiresAt)
    {
        if (expiresAt != 0)
        {
            json.WriteString("expiresAt"u8, FormatTime(expiresAt));
        }
    }

    /// <summary>A time in Unix milliseconds as text (RFC 3339).</summary>
    public static string FormatTime(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString(TimePattern, CultureInfo.InvariantCulture);

    /// <summary>A value as people can read it: on one line, but for those line ends and tabs that are kept.</summary>
    public static string Show(ReadOnlySpan<byte> value, string contentType, string kept = "") => Utf8.IsValid(value)
        ? Printable.Of(Encoding.UTF8.GetString(value), kept)
        : string.Create(CultureInfo.InvariantCulture, $"<{value.Length} bytes, {Printable.Of(contentType)}>");
}
