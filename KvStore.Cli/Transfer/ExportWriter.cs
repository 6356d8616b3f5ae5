using System.Buffers;
using System.Text.Json;
using KvStore.Cli.Records;

namespace KvStore.Cli.Transfer;

/// <summary>Writes records as the lines of an export.</summary>
internal sealed class ExportWriter(Stream output) : IDisposable
{
    private const int FlushBytes = 64 * 1_024;

    private readonly ArrayBufferWriter<byte> _lines = new(2 * FlushBytes);
    private readonly Utf8JsonWriter _json = JsonLine.CreateWriter(new ArrayBufferWriter<byte>());

    /// <summary>How many records have been written.</summary>
    public long Records { get; private set; }

    /// <summary>Writes a record.</summary>
    public ValueTask WriteAsync(in StoredRecord record, CancellationToken cancellationToken)
    {
        _json.Reset(_lines);
        _json.WriteStartObject();
        record.WriteMembers(_json);
        _json.WriteEndObject();
        _json.Flush();
        _lines.Write("\n"u8);
        Records++;
        return _lines.WrittenCount < FlushBytes ? default : FlushAsync(cancellationToken);
    }

    /// <summary>Hands out what was written.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await output.WriteAsync(_lines.WrittenMemory, cancellationToken);
        _lines.ResetWrittenCount();
    }

    /// <inheritdoc />
    public void Dispose() => _json.Dispose();
}
