using System.Globalization;
using System.Text;
using KvStore.Api.Problems;
using Microsoft.AspNetCore.WebUtilities;

namespace KvStore.Api.Http;

/// <summary>Reads the form of <c>POST /set</c> (<c>application/x-www-form-urlencoded</c>), as <c>curl -d</c> sends it.</summary>
internal static class FormSetReader
{
    /// <summary>Reads <paramref name="body"/>.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? Read(ReadOnlySpan<byte> body, out SetRequest request)
    {
        request = default;
        if (body.TrimStart((byte)' ').StartsWith("{"u8))
        {
            return Problem.MalformedRequest("The body looks like JSON: send it with Content-Type: application/json.");
        }

        // Latin-1 keeps every byte apart; those outside ASCII then fail to decode, as they should have been escaped.
        var text = Encoding.Latin1.GetString(body);
        var errors = new FieldErrors();
        // The enumerable drops one question mark; a second is the body's own.
        foreach (var pair in new QueryStringEnumerable("?" + text))
        {
            if (RawTarget.DecodeQuery(pair.EncodedName.Span) is not { } name
                || RawTarget.DecodeQuery(pair.EncodedValue.Span) is not { } value)
            {
                return Problem.MalformedRequest("The form is not percent-encoded UTF-8.");
            }

            var field = Encoding.UTF8.GetString(name);
            if (request.See(field, errors))
            {
                ReadField(field, value, ref request, errors);
            }
        }

        request.CheckMembers(errors);
        return errors.IsEmpty ? null : Problem.Invalid(errors);
    }

    private static void ReadField(string field, byte[] value, ref SetRequest request, FieldErrors errors)
    {
        var text = field is SetRequest.KeyName or SetRequest.ValueName ? "" : Encoding.UTF8.GetString(value);
        switch (field)
        {
            case SetRequest.KeyName:
                request.Key = value;
                break;
            case SetRequest.ValueName:
                request.Value = value;
                break;
            case SetRequest.TtlName:
                request.SetTtl(
                    double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0, errors);
                break;
            case SetRequest.IfRevisionName:
                request.SetIfRevision(
                    long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : -1, errors);
                break;
            case SetRequest.IfAbsentName when text is "true" or "false":
                request.SetIfAbsent(text == "true");
                break;
            case SetRequest.IfAbsentName:
                errors.Add(field, "must be true or false");
                break;
            case SetRequest.ContentTypeName:
                request.SetContentType(text, errors);
                break;
        }
    }
}
