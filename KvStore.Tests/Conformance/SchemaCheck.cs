using System.Text.Json;
using System.Text.Json.Nodes;

namespace KvStore.Tests.Conformance;

/// <summary>Holds JSON to a schema of the OpenAPI document: the keywords that the document uses, and no others.</summary>
internal static class SchemaCheck
{
    private static readonly string[] Known =
    [
        "$ref", "type", "description", "format", "enum", "required", "properties", "additionalProperties", "items", "uniqueItems", "oneOf",
        "minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength", "example",
    ];

    /// <summary>What is wrong with <paramref name="value"/>; empty where nothing is.</summary>
    public static IEnumerable<string> Errors(JsonNode document, JsonNode schema, JsonNode? value, string at = "$")
    {
        schema = ApiDocumentReader.Resolve(document, schema);
        foreach (var (keyword, _) in schema.AsObject())
        {
            Known.Should().Contain(keyword, "this check must know every keyword of the document");
        }

        return TypeErrors(schema, value, at)
            .Concat(OneOfErrors(document, schema, value, at))
            .Concat(value switch
            {
                JsonObject members => ObjectErrors(document, schema, members, at),
                JsonArray items => ArrayErrors(document, schema, items, at),
                JsonValue scalar => ScalarErrors(schema, scalar, at),
                _ => [],
            });
    }

    private static IEnumerable<string> TypeErrors(JsonNode schema, JsonNode? value, string at)
    {
        var kind = value?.GetValueKind() ?? JsonValueKind.Null;
        var isRight = (string?)schema["type"] switch
        {
            null => true,
            "object" => kind == JsonValueKind.Object,
            "array" => kind == JsonValueKind.Array,
            "string" => kind == JsonValueKind.String,
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
            "number" => kind == JsonValueKind.Number,
            "integer" => kind == JsonValueKind.Number && value!.AsValue().TryGetValue<long>(out _),
            var type => throw new NotSupportedException($"type {type}"),
        };
        return isRight ? [] : [$"{at} is {kind}, not {schema["type"]}"];
    }

    private static IEnumerable<string> OneOfErrors(JsonNode document, JsonNode schema, JsonNode? value, string at) =>
        schema["oneOf"] is JsonArray choices && choices.Count(choice => !Errors(document, choice!, value, at).Any()) != 1
            ? [$"{at} is not exactly one of the choices"]
            : [];

    private static IEnumerable<string> ObjectErrors(JsonNode document, JsonNode schema, JsonObject members, string at)
    {
        var missing = (schema["required"]?.AsArray() ?? []).Select(name => (string)name!)
            .Where(name => !members.ContainsKey(name))
            .Select(name => $"{at}.{name} is missing");
        var wrong = members.SelectMany(member => (schema["properties"]?[member.Key] ?? schema["additionalProperties"]) switch
        {
            JsonObject property => Errors(document, property, member.Value, $"{at}.{member.Key}"),
            JsonValue allowed when !(bool)allowed => [$"{at}.{member.Key} is not in the schema"],
            _ => schema["properties"] is null ? [] : [$"{at}.{member.Key} is not documented"],
        });
        return missing.Concat(wrong);
    }

    private static IEnumerable<string> ArrayErrors(JsonNode document, JsonNode schema, JsonArray items, string at)
    {
        var wrong = schema["items"] is { } item
            ? items.SelectMany((value, i) => Errors(document, item, value, $"{at}[{i}]"))
            : [];
        var isUnique = items.Select(value => value!.ToJsonString()).Distinct(StringComparer.Ordinal).Count() == items.Count;
        return (bool?)schema["uniqueItems"] == true && !isUnique ? wrong.Append($"{at} has an item twice") : wrong;
    }

    private static IEnumerable<string> ScalarErrors(JsonNode schema, JsonValue value, string at)
    {
        if (schema["enum"] is JsonArray names && !names.Any(name => JsonNode.DeepEquals(name, value)))
        {
            yield return $"{at} is {value}, which is not in the enum";
        }

        if (value.GetValueKind() == JsonValueKind.String)
        {
            var length = ((string)value!).Length;
            if (length < ((int?)schema["minLength"] ?? 0) || length > ((int?)schema["maxLength"] ?? int.MaxValue))
            {
                yield return $"{at} has {length} characters";
            }
        }

        if (value.GetValueKind() == JsonValueKind.Number)
        {
            var number = (double)value;
            var isBelow = schema["minimum"] is { } minimum
                && ((bool?)schema["exclusiveMinimum"] == true ? number <= (double)minimum : number < (double)minimum);
            if (isBelow || number > ((double?)schema["maximum"] ?? double.MaxValue))
            {
                yield return $"{at} is {number}, out of bounds";
            }
        }
    }
}
