using System.Text.Json.Nodes;

namespace KvStore.Tests.Conformance;

public sealed class SchemaCheckTests
{
    private const string Pair = """
        {"type":"object","required":["a"],"additionalProperties":false,"properties":{
          "a":{"type":"integer","minimum":0,"exclusiveMinimum":true,"maximum":9},
          "b":{"type":"array","uniqueItems":true,"items":{"type":"string","minLength":1,"maxLength":2}},
          "c":{"oneOf":[{"type":"boolean"},{"type":"string","enum":["x"]}]}}}
        """;

    [Theory]
    [InlineData("""{"a":1}""")]
    [InlineData("""{"a":9,"b":["x","xy"],"c":true}""")]
    [InlineData("""{"a":1,"b":[],"c":"x"}""")]
    public void What_fits_has_no_errors(string json) => Errors(json).Should().BeEmpty();

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"a":0}""")]
    [InlineData("""{"a":10}""")]
    [InlineData("""{"a":1.5}""")]
    [InlineData("""{"a":null}""")]
    [InlineData("""{"a":1,"b":["x","x"]}""")]
    [InlineData("""{"a":1,"b":[""]}""")]
    [InlineData("""{"a":1,"b":["xyz"]}""")]
    [InlineData("""{"a":1,"b":[1]}""")]
    [InlineData("""{"a":1,"c":"y"}""")]
    [InlineData("""{"a":1,"d":1}""")]
    public void What_does_not_fit_has_an_error(string json) => Errors(json).Should().ContainSingle();

    private static IEnumerable<string> Errors(string json) =>
        SchemaCheck.Errors(new JsonObject(), JsonNode.Parse(Pair)!, JsonNode.Parse(json));
}
