using System.Globalization;
using System.Text;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using Microsoft.AspNetCore.WebUtilities;

namespace KvStore.Api.Http;

/// <summary>The parameters of a request's query, percent-decoded exactly once; the framework's own decoding hides bad escapes.</summary>
internal sealed class QueryParameters
{
    private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);

    private QueryParameters()
    {
    }

    /// <summary>What is wrong with the parameters that have been read so far.</summary>
    public FieldErrors Errors { get; } = new();

    /// <summary>Reads the query.</summary>
    /// <param name="request">The request.</param>
    /// <param name="parameters">The parameters.</param>
    /// <param name="allowed">The names that the endpoint takes; another one, or one given twice, is an error.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? Read(HttpRequest request, out QueryParameters parameters, params ReadOnlySpan<string> allowed)
    {
        parameters = new QueryParameters();
        foreach (var pair in new QueryStringEnumerable(request.QueryString.Value))
        {
            var name = RawTarget.DecodeQuery(pair.EncodedName.Span);
            var value = RawTarget.DecodeQuery(pair.EncodedValue.Span);
            if (name is null || value is null)
            {
                return new Problem(ErrorCode.MalformedKey, "The query is not percent-encoded UTF-8.");
            }

            var field = Encoding.UTF8.GetString(name);
            if (!allowed.Contains(field))
            {
                parameters.Errors.Add(field, allowed.IsEmpty
                    ? "is not a parameter of this endpoint, which takes none"
                    : $"is not a parameter of this endpoint, which takes {string.Join(", ", allowed!)}");
            }
            else if (!parameters._values.TryAdd(field, value))
            {
                parameters.Errors.Add(field, "is given more than once");
            }
        }

        return parameters.Errors.IsEmpty ? null : Problem.Invalid(parameters.Errors);
    }

    /// <summary>A parameter's bytes; null where it is not given.</summary>
    public byte[]? Bytes(string name) => _values.GetValueOrDefault(name);

    /// <summary>A parameter's text; null where it is not given.</summary>
    public string? Text(string name) => Bytes(name) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>A whole number within bounds; null where it is not given, or with an error.</summary>
    public int? Integer(string name, int min, int max)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
        {
            return number;
        }

        Errors.AddRange(name, min, max);
        return null;
    }

    /// <summary><c>true</c> or <c>false</c>; false where it is not given, or with an error.</summary>
    public bool Boolean(string name)
    {
        var text = Text(name);
        if (text is not (null or "true" or "false"))
        {
            Errors.Add(name, "must be true or false");
        }

        return text == "true";
    }

    /// <summary>A number; NaN, which no bound admits, where it is not a number; null where it is not given.</summary>
    public double? Number(string name) => Text(name) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
        : double.NaN;
}
