using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using KvStore.Api.Problems;
using KvStore.Core.Errors;

namespace KvStore.Api.Http;

/// <summary>Reads the JSON form of <c>POST /set</c> in one pass, without a string for key or value.</summary>
internal ref struct JsonSetReader
{
    private const int MaxDepth = 64;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly FieldErrors _errors = new();
    private Utf8JsonReader _json;
    private Memory<byte> _scratch;

    private JsonSetReader(ReadOnlyMemory<byte> body, Memory<byte> scratch)
    {
        _body = body;
        _scratch = scratch;
        _json = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <summary>Reads <paramref name="body"/>.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="scratch">Receives unescaped strings; as long as the body.</param>
    /// <param name="request">What was asked for; parts of it lie in the body and the scratch buffer.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? Read(ReadOnlyMemory<byte> body, Memory<byte> scratch, out SetRequest request)
    {
        request = default;
        if (!Utf8.IsValid(body.Span))
        {
            return new Problem(ErrorCode.MalformedJson, "The body is not UTF-8.");
        }

        var reader = new JsonSetReader(body, scratch);
        try
        {
            reader.ReadBody(ref request);
        }
        catch (JsonException exception)
        {
            return new Problem(ErrorCode.MalformedJson, string.Create(
                CultureInfo.InvariantCulture,
                $"The body is not JSON, or is nested deeper than {MaxDepth} levels: see line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}."));
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for a \u escape of half a surrogate pair.
            return new Problem(ErrorCode.MalformedJson, "A string has a \\u escape that is half of a surrogate pair.");
        }

        return reader._errors.IsEmpty ? null : Problem.Invalid(reader._errors);
    }

    private void ReadBody(ref SetRequest request)
    {
        _json.Read();
        if (_json.TokenType != JsonTokenType.StartObject)
        {
            _json.Skip();
            _json.Read();
            _errors.Add("body", "must be a JSON object");
            return;
        }

        while (_json.Read() && _json.TokenType == JsonTokenType.PropertyName)
        {
            var name = KnownName();
            _json.Read();
            if (request.See(name, _errors))
            {
                ReadMember(name, ref request);
            }
            else
            {
                _json.Skip();
            }
        }

        // Beyond the object there may only be white space; the reader throws for anything else.
        _json.Read();
        request.CheckMembers(_errors);
    }

    private readonly string KnownName() =>
        _json.ValueTextEquals("key"u8) ? SetRequest.KeyName
        : _json.ValueTextEquals("value"u8) ? SetRequest.ValueName
        : _json.ValueTextEquals("ttl"u8) ? SetRequest.TtlName
        : _json.GetString()!;

    private void ReadMember(string name, ref SetRequest request)
    {
        switch (name)
        {
            case SetRequest.KeyName when _json.TokenType is JsonTokenType.String or JsonTokenType.Number:
                request.Key = Text();
                break;
            case SetRequest.KeyName:
                Reject(name, "must be a string");
                break;
            case SetRequest.ValueName when _json.TokenType == JsonTokenType.Null:
                Reject(name, "must not be null; delete the key instead");
                break;
            case SetRequest.ValueName:
                request.IsJsonValue = _json.TokenType != JsonTokenType.String;
                request.Value = Text();
                break;
            case SetRequest.TtlName:
                request.SetTtl(Number(), _errors);
                break;
            case SetRequest.IfRevisionName:
                request.SetIfRevision(
                    _json.TokenType == JsonTokenType.Number && _json.TryGetInt64(out var revision) ? revision : -1, _errors);
                _json.Skip();
                break;
            case SetRequest.IfAbsentName when _json.TokenType is JsonTokenType.True or JsonTokenType.False:
                request.SetIfAbsent(_json.GetBoolean());
                break;
            case SetRequest.IfAbsentName:
                Reject(name, "must be true or false");
                break;
            case SetRequest.ContentTypeName:
                request.SetContentType(_json.TokenType == JsonTokenType.String ? _json.GetString()! : "", _errors);
                _json.Skip();
                break;
        }
    }

    private void Reject(string name, string why)
    {
        _errors.Add(name, why);
        _json.Skip();
    }

    private double Number()
    {
        var number = _json.TokenType == JsonTokenType.Number && _json.TryGetDouble(out var value) ? value : 0;
        _json.Skip();
        return number;
    }

    /// <summary>The current value's text: a string unescaped, anything else as it stands in the body.</summary>
    private ReadOnlyMemory<byte> Text()
    {
        var start = (int)_json.TokenStartIndex;
        if (_json.TokenType != JsonTokenType.String)
        {
            _json.Skip();
            return _body[start..(int)_json.BytesConsumed];
        }

        if (!_json.ValueIsEscaped)
        {
            return _body.Slice(start + 1, _json.ValueSpan.Length);
        }

        var length = _json.CopyString(_scratch.Span);
        var text = _scratch[..length];
        _scratch = _scratch[length..];
        return text;
    }
}
