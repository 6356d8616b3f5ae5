using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Google.Protobuf;
using KvStore.Grpc.KeyValue;

namespace KvStore.Cli.Transfer;

/// <summary>Reads the lines of an import: those that <c>GET /export</c> and <c>kvstore export</c> write, and <c>POST /import</c> takes.</summary>
internal static class RecordLine
{
    private const int MaxTypeLength = 255;

    /// <summary>Whether there is nothing on a line.</summary>
    public static bool IsBlank(in ReadOnlySequence<byte> line)
    {
        foreach (var piece in line)
        {
            if (piece.Span.ContainsAnyExcept((byte)' ', (byte)'\t', (byte)'\r'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads a line as the request that stores what it says.</summary>
    /// <exception cref="FormatException">It is wrong; the message says how, to follow the line's number.</exception>
    public static SetRequest Read(in ReadOnlySequence<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return Read(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new FormatException(string.Create(
                CultureInfo.InvariantCulture, $"is not JSON, or is nested deeper than 64 levels: see byte {exception.BytePositionInLine + 1}"), exception);
        }
        catch (InvalidOperationException exception)
        {
            // What the reader throws for bytes that are not UTF-8, and for a \u escape of half a surrogate pair.
            throw new FormatException("has text that is not Unicode", exception);
        }
    }

    private static SetRequest Read(JsonElement record)
    {
        if (record.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("must be a JSON object");
        }

        var request = new SetRequest();
        var members = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in record.EnumerateObject())
        {
            Check(members.Add(member.Name), member.Name, "is given more than once");
            ReadMember(request, member);
        }

        Check(members.Contains("key"), "key", "is required");
        Check(request.Key.Length > 0, "key", "must not be empty");
        Check(request.HasValueBytes, "value", "is required, or base64");
        return request;
    }

    private static void ReadMember(SetRequest request, in JsonProperty member)
    {
        var value = member.Value;
        switch (member.Name)
        {
            case "key":
                Check(value.ValueKind is JsonValueKind.String or JsonValueKind.Number, "key", "must be a string");
                request.Key = TextOf(value);
                break;
            case "value":
                Check(value.ValueKind != JsonValueKind.Null, "value", "must not be null");
                SetValue(request, ByteString.CopyFromUtf8(TextOf(value)));
                request.ContentType = value.ValueKind != JsonValueKind.String && request.ContentType.Length == 0 ? "application/json" : request.ContentType;
                break;
            case "base64":
                byte[]? bytes = null;
                Check(value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out bytes), "base64", "must be a string of Base64, with its padding");
                SetValue(request, UnsafeByteOperations.UnsafeWrap(bytes));
                break;
            case "contentType":
                Check(IsMediaType(value), "contentType", "must be a media type such as text/plain, in at most 255 characters of ASCII");
                request.ContentType = value.GetString();
                break;
            case "expiresAt":
                request.ExpiresAt = ReadTime(value);
                break;
            case "revision":
                Check(value.ValueKind == JsonValueKind.Number, "revision", "must be a number; it is not kept");
                break;
            default:
                throw new FormatException(
                    $"{member.Name} is not a member of a record; it takes key, value or base64, contentType, expiresAt, revision");
        }
    }

    private static void SetValue(SetRequest request, ByteString value)
    {
        Check(!request.HasValueBytes, "value", "cannot be combined with base64");
        request.ValueBytes = value;
    }

    /// <summary>A string as it is, anything else as its JSON.</summary>
    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static bool IsMediaType(JsonElement value) =>
        value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 and <= MaxTypeLength } type
        && !type.AsSpan().ContainsAnyExceptInRange(' ', '~')
        && MediaTypeHeaderValue.TryParse(type, out _);

    /// <summary>Reads a time that says all of date, time and distance to UTC, rounded up to milliseconds; never 0, which stands for never.</summary>
    private static long ReadTime(JsonElement value)
    {
        var time = default(DateTimeOffset);
        var isTime = value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out time) && HasOffset(value.GetString()!);
        Check(isTime, "expiresAt", "must be a time such as 2026-01-31T12:00:00.000Z (RFC 3339)");
        var ticks = (time - DateTimeOffset.UnixEpoch).Ticks + TimeSpan.TicksPerMillisecond - 1;
        return Math.Clamp(ticks / TimeSpan.TicksPerMillisecond, 1, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds());
    }

    private static bool HasOffset(string time)
    {
        const int DateLength = 10, OffsetLength = 6;
        return time.Length > DateLength + OffsetLength && time[DateLength] == 'T' && (time[^1] == 'Z' || time[^OffsetLength] is '+' or '-');
    }

    private static void Check(bool isRight, string member, string otherwise)
    {
        if (!isRight)
        {
            throw new FormatException($"{member} {otherwise}");
        }
    }
}
