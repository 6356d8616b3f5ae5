using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using KvStore.Api.Problems;
using KvStore.Core.Errors;

namespace KvStore.Api.Http;

/// <summary>Reads the members that say what to write, wherever in a JSON body they stand, without a string for key or value.</summary>
internal ref struct JsonMembers
{
    private const int MaxDepth = 64;

    private readonly ReadOnlyMemory<byte> _body;
    private Memory<byte> _scratch;

    /// <summary>Begins to read a body.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="scratch">Receives unescaped strings; as long as the body, where it has any escapes.</param>
    public JsonMembers(ReadOnlyMemory<byte> body, Memory<byte> scratch)
    {
        _body = body;
        _scratch = scratch;
        Json = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <summary>The reader of the body.</summary>
    public Utf8JsonReader Json;

    /// <summary>What is wrong with the members.</summary>
    public FieldErrors Errors { get; } = new();

    /// <summary>Refuses a body that is not UTF-8, which the reader would not see.</summary>
    public static Problem? CheckText(ReadOnlySpan<byte> body) =>
        Utf8.IsValid(body) ? null : new Problem(ErrorCode.MalformedJson, "The body is not UTF-8.");

    /// <summary>What to answer to what the reader throws; null for what it does not.</summary>
    public static Problem? Describe(Exception exception) => exception switch
    {
        JsonException json => new Problem(ErrorCode.MalformedJson, string.Create(
            CultureInfo.InvariantCulture,
            $"The body is not JSON, or is nested deeper than {MaxDepth} levels: see line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1}.")),
        InvalidOperationException => new Problem(
            ErrorCode.MalformedJson, "A string has a \\u escape that is half of a surrogate pair."),
        _ => null,
    };

    /// <summary>The name of the member that the reader is at.</summary>
    public readonly string Name() =>
        Json.ValueTextEquals("key"u8) ? SetRequest.KeyName
        : Json.ValueTextEquals("value"u8) ? SetRequest.ValueName
        : Json.ValueTextEquals("ttl"u8) ? SetRequest.TtlName
        : Json.GetString()!;

    /// <summary>Reads a member's value, to its end; a name that is not a set's is none of its business.</summary>
    public void ReadValue(string name, ref SetRequest request)
    {
        switch (name)
        {
            case SetRequest.KeyName when Json.TokenType is JsonTokenType.String or JsonTokenType.Number:
                request.Key = Text();
                break;
            case SetRequest.KeyName:
                Reject(name, "must be a string");
                break;
            case SetRequest.ValueName when Json.TokenType == JsonTokenType.Null:
                Reject(name, "must not be null; delete the key instead");
                break;
            case SetRequest.ValueName:
                request.IsJsonValue = Json.TokenType != JsonTokenType.String;
                request.Value = Text();
                break;
            case SetRequest.TtlName:
                request.SetTtl(Number(), Errors);
                break;
            case SetRequest.IfRevisionName:
                request.SetIfRevision(
                    Json.TokenType == JsonTokenType.Number && Json.TryGetInt64(out var revision) ? revision : -1, Errors);
                Json.Skip();
                break;
            case SetRequest.IfAbsentName when Json.TokenType is JsonTokenType.True or JsonTokenType.False:
                request.SetIfAbsent(Json.GetBoolean());
                break;
            case SetRequest.IfAbsentName:
                Reject(name, "must be true or false");
                break;
            case SetRequest.ContentTypeName:
                request.SetContentType(Json.TokenType == JsonTokenType.String ? Json.GetString()! : "", Errors);
                Json.Skip();
                break;
        }
    }

    /// <summary>Says what is wrong with the value that the reader is at, and passes over it.</summary>
    public void Reject(string name, string why)
    {
        Errors.Add(name, why);
        Json.Skip();
    }

    private double Number()
    {
        var number = Json.TokenType == JsonTokenType.Number && Json.TryGetDouble(out var value) ? value : 0;
        Json.Skip();
        return number;
    }

    /// <summary>The current value's text: a string unescaped, anything else as it stands in the body.</summary>
    private ReadOnlyMemory<byte> Text()
    {
        var start = (int)Json.TokenStartIndex;
        if (Json.TokenType != JsonTokenType.String)
        {
            Json.Skip();
            return _body[start..(int)Json.BytesConsumed];
        }

        if (!Json.ValueIsEscaped)
        {
            return _body.Slice(start + 1, Json.ValueSpan.Length);
        }

        var length = Json.CopyString(_scratch.Span);
        var text = _scratch[..length];
        _scratch = _scratch[length..];
        return text;
    }
}
