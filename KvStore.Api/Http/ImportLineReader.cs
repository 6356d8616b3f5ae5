using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using KvStore.Api.Problems;
using ContentTypes = KvStore.Core.Records.ContentTypes;

namespace KvStore.Api.Http;

/// <summary>Reads the lines of an import, each in one pass and without a string for key or value.</summary>
/// <remarks>Members mean what they mean to <c>POST /set</c>, where it has them too. Used again for every line; not thread safe.</remarks>
internal sealed class ImportLineReader
{
    private const string WholeLine = "record";
    private const string UnknownName = "is not a member of a record; it takes key, value or base64, contentType, expiresAt, revision";

    private static readonly byte[] DefaultType = Encoding.ASCII.GetBytes(ContentTypes.Default);

    private readonly ArrayBufferWriter<byte> _scratch = new();
    private byte[] _lastTypeText = [];
    private string? _lastType;
    private Members _seen;

    [Flags]
    private enum Members
    {
        None = 0,
        Key = 1,
        Value = 2,
        Base64 = 4,
        ContentType = 8,
        ExpiresAt = 16,
        Revision = 32,
    }

    /// <summary>What is wrong with the line that was read last.</summary>
    public FieldErrors Errors { get; } = new();

    /// <summary>Whether there is nothing on a line.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> line) =>
        line.IsEmpty || (line[0] <= ' ' && !line.ContainsAnyExcept((byte)' ', (byte)'\t', (byte)'\r'));

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="record">What it says; good until the next line is read.</param>
    /// <returns>Whether nothing is wrong with it; else <see cref="Errors"/> says what.</returns>
    public bool TryRead(ReadOnlyMemory<byte> line, out ImportRecord record)
    {
        record = default;
        _seen = Members.None;
        _scratch.ResetWrittenCount();
        if (!Utf8.IsValid(line.Span))
        {
            Errors.Add(WholeLine, "is not UTF-8");
            return false;
        }

        try
        {
            Read(line, ref record);
        }
        catch (JsonException exception)
        {
            Errors.Add(WholeLine, string.Create(
                CultureInfo.InvariantCulture, $"is not JSON, or is nested deeper than 64 levels: see byte {exception.BytePositionInLine + 1}"));
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for a \u escape of half a surrogate pair.
            Errors.Add(WholeLine, "has a \\u escape that is half of a surrogate pair");
        }

        return Errors.IsEmpty;
    }

    private void Read(ReadOnlyMemory<byte> line, ref ImportRecord record)
    {
        var json = new Utf8JsonReader(line.Span);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            json.Read();
            Errors.Add(WholeLine, "must be a JSON object");
            return;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var member = MemberOf(ref json);
            if (member == Members.None || (_seen & member) != Members.None)
            {
                Errors.Add(json.GetString()!, member == Members.None ? UnknownName : "is given more than once");
                json.Skip();
                continue;
            }

            _seen |= member;
            json.Read();
            ReadMember(member, ref json, line, ref record);
        }

        // Beyond the object there may only be white space; the reader throws for anything else.
        json.Read();
        CheckMembers(record);
    }

    private static Members MemberOf(ref Utf8JsonReader json) =>
        json.ValueTextEquals("key"u8) ? Members.Key
        : json.ValueTextEquals("value"u8) ? Members.Value
        : json.ValueTextEquals("contentType"u8) ? Members.ContentType
        : json.ValueTextEquals("revision"u8) ? Members.Revision
        : json.ValueTextEquals("base64"u8) ? Members.Base64
        : json.ValueTextEquals("expiresAt"u8) ? Members.ExpiresAt
        : Members.None;

    private void ReadMember(Members member, ref Utf8JsonReader json, ReadOnlyMemory<byte> line, ref ImportRecord record)
    {
        switch (member)
        {
            case Members.Key when json.TokenType is JsonTokenType.String or JsonTokenType.Number:
                record.Key = Text(ref json, line);
                return;
            case Members.Value when json.TokenType != JsonTokenType.Null:
                record.IsJsonValue = json.TokenType != JsonTokenType.String;
                record.Value = Text(ref json, line);
                return;
            case Members.Base64 when json.TokenType == JsonTokenType.String && TryDecode(ref json, out var bytes):
                record.Value = bytes;
                return;
            case Members.ContentType when json.TokenType == JsonTokenType.String && TryReadType(ref json, out var type):
                record.ContentType = type;
                return;
            case Members.ExpiresAt when json.TokenType == JsonTokenType.String && TryReadTime(ref json, line, out var time):
                record.ExpiresAt = time;
                return;
            case Members.Revision when json.TokenType == JsonTokenType.Number:
                return;
        }

        Reject(member);
        json.Skip();
    }

    private void Reject(Members member)
    {
        var (name, why) = member switch
        {
            Members.Key => ("key", "must be a string"),
            Members.Value => ("value", "must not be null"),
            Members.Base64 => ("base64", "must be a string of Base64, with its padding"),
            Members.ContentType => ("contentType", "must be a media type such as text/plain, in at most 255 characters of ASCII"),
            Members.ExpiresAt => ("expiresAt", "must be a time such as 2026-01-31T12:00:00.000Z (RFC 3339)"),
            _ => ("revision", "must be a number; it is not kept"),
        };
        Errors.Add(name, why);
    }

    private void CheckMembers(in ImportRecord record)
    {
        if ((_seen & Members.Key) == Members.None)
        {
            Errors.Add("key", "is required");
        }
        else if (record.Key.IsEmpty && !Errors.Has("key"))
        {
            Errors.Add("key", "must not be empty");
        }

        if ((_seen & (Members.Value | Members.Base64)) is var value && value is not (Members.Value or Members.Base64))
        {
            Errors.Add("value", value == Members.None ? "is required, or base64" : "cannot be combined with base64");
        }
    }

    /// <summary>The current value's text: a string unescaped, anything else as it stands in the line.</summary>
    private ReadOnlyMemory<byte> Text(ref Utf8JsonReader json, ReadOnlyMemory<byte> line)
    {
        var start = (int)json.TokenStartIndex;
        if (json.TokenType != JsonTokenType.String)
        {
            json.Skip();
            return line[start..(int)json.BytesConsumed];
        }

        return json.ValueIsEscaped ? Unescape(ref json) : line.Slice(start + 1, json.ValueSpan.Length);
    }

    private Memory<byte> Unescape(ref Utf8JsonReader json)
    {
        // Should the buffer have to grow, what was taken of it before stays where it is.
        var text = _scratch.GetMemory(json.ValueSpan.Length);
        text = text[..json.CopyString(text.Span)];
        _scratch.Advance(text.Length);
        return text;
    }

    private bool TryDecode(ref Utf8JsonReader json, out ReadOnlyMemory<byte> bytes)
    {
        var text = _scratch.GetMemory(Math.Max(1, json.ValueSpan.Length));
        text = text[..json.CopyString(text.Span)];
        _scratch.Advance(text.Length);
        var status = Base64.DecodeFromUtf8InPlace(text.Span, out var length);
        bytes = text[..length];
        return status == OperationStatus.Done;
    }

    /// <summary>Reads a content type: the default one as null, and without a new string the one that the line before had.</summary>
    private bool TryReadType(ref Utf8JsonReader json, out string? type)
    {
        type = null;
        if (json.ValueTextEquals(DefaultType))
        {
            return true;
        }

        if (!json.ValueTextEquals(_lastTypeText) || _lastType is null)
        {
            var text = json.GetString()!;
            if (!SetRequest.IsMediaType(text))
            {
                return false;
            }

            (_lastType, _lastTypeText) = (text, Encoding.ASCII.GetBytes(text));
        }

        type = _lastType;
        return true;
    }

    /// <summary>Reads a time that says all of date, time and distance to UTC: what is left out would be guessed.</summary>
    private bool TryReadTime(ref Utf8JsonReader json, ReadOnlyMemory<byte> line, out long time)
    {
        const int DateLength = 10, OffsetLength = 6;
        var text = Text(ref json, line).Span;
        var isWhole = text.Length > DateLength + OffsetLength
            && text[DateLength] == 'T'
            && (text[^1] == 'Z' || text[^OffsetLength] is (byte)'+' or (byte)'-');
        var isTime = json.TryGetDateTimeOffset(out var parsed) && isWhole;
        time = isTime ? WireTime.ToUnixMilliseconds(parsed) : 0;
        return isTime;
    }
}
