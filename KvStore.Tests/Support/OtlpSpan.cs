using System.Globalization;
using System.Text;
using Google.Protobuf;

namespace KvStore.Tests.Support;

/// <summary>A span as it is on the wire (https://github.com/open-telemetry/opentelemetry-proto, trace.proto).</summary>
/// <param name="Name">Its name.</param>
/// <param name="TraceId">The trace that it belongs to, in hexadecimal.</param>
/// <param name="ParentId">The span that it is in; empty for none.</param>
/// <param name="Kind">2 is a server's.</param>
/// <param name="Status">0 where nothing is said, 2 for an error.</param>
/// <param name="Attributes">Its attributes, all as text.</param>
internal sealed record OtlpSpan(string Name, string TraceId, string ParentId, int Kind, int Status, IReadOnlyDictionary<string, string> Attributes)
{
    /// <summary>The spans of a message of an exporter.</summary>
    public static IEnumerable<OtlpSpan> Read(byte[] request) =>
        from resource in Fields(request)
        where resource.Number == 1
        from scope in Fields(resource.Bytes)
        where scope.Number == 2
        from span in Fields(scope.Bytes)
        where span.Number == 2
        select ReadSpan(span.Bytes);

    private static OtlpSpan ReadSpan(byte[] span)
    {
        var fields = Fields(span).ToLookup(field => field.Number);
        return new OtlpSpan(
            Text(fields[5].Single().Bytes),
            Convert.ToHexStringLower(fields[1].Single().Bytes),
            Convert.ToHexStringLower(fields[4].SingleOrDefault().Bytes ?? []),
            (int)fields[6].Single().Integer,
            (int)Fields(fields[15].SingleOrDefault().Bytes ?? []).SingleOrDefault(field => field.Number == 3).Integer,
            fields[9].Select(field => Fields(field.Bytes).ToLookup(part => part.Number))
                .ToDictionary(attribute => Text(attribute[1].Single().Bytes), attribute => Value(attribute[2].Single().Bytes), StringComparer.Ordinal));
    }

    private static string Value(byte[] any)
    {
        var value = Fields(any).Single();
        return value.Number == 1 ? Text(value.Bytes) : value.Integer.ToString(CultureInfo.InvariantCulture);
    }

    private static string Text(byte[] utf8) => Encoding.UTF8.GetString(utf8);

    private static List<(int Number, long Integer, byte[] Bytes)> Fields(byte[] message)
    {
        var input = new CodedInputStream(message);
        var fields = new List<(int, long, byte[])>();
        while (input.ReadTag() is var tag and not 0)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            fields.Add(WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => (number, input.ReadInt64(), []),
                WireFormat.WireType.Fixed64 => (number, (long)input.ReadFixed64(), []),
                WireFormat.WireType.Fixed32 => (number, input.ReadFixed32(), []),
                _ => (number, 0, input.ReadBytes().ToByteArray()),
            });
        }

        return fields;
    }
}
