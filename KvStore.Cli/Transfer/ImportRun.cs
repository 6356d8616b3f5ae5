using System.Globalization;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;

namespace KvStore.Cli.Transfer;

/// <summary>Stores the records of a file, in its order. A batch is on its way while the next one is read; there are never more.</summary>
/// <param name="sendAsync">Sends a batch.</param>
/// <param name="progress">Is told how many bytes have been read.</param>
internal sealed class ImportRun(Func<BatchRequest, Task<BatchResponse>> sendAsync, Action<long>? progress = null)
{
    // A message that any server takes, and large enough that the way there and back is not what is waited for.
    private const int BatchBytes = 512 * 1_024;
    private const int BatchRecords = 1_000;

    private BatchRequest _batch = new();
    private List<long> _lines = [];
    private long _bytes;
    private Task _sending = Task.CompletedTask;

    /// <summary>How many records have been stored.</summary>
    public long Imported { get; private set; }

    /// <summary>Imports all lines.</summary>
    /// <exception cref="CliException">A line is wrong, or was refused; those before it are stored.</exception>
    /// <exception cref="RpcException">The server failed.</exception>
    public async Task RunAsync(LineReader lines, CancellationToken cancellationToken)
    {
        while (await TryAddAsync(lines, cancellationToken))
        {
            if (_bytes >= BatchBytes || _lines.Count == BatchRecords)
            {
                await SendAsync();
                progress?.Invoke(lines.Bytes);
            }
        }

        await SendAsync();
        await _sending;
        progress?.Invoke(lines.Bytes);
    }

    /// <summary>Reads a line and adds its record, if it has one; false where there is no more.</summary>
    private async Task<bool> TryAddAsync(LineReader lines, CancellationToken cancellationToken)
    {
        try
        {
            if (await lines.ReadAsync(cancellationToken) is not { } line)
            {
                return false;
            }

            if (!RecordLine.IsBlank(line))
            {
                Add(RecordLine.Read(line), lines.Number);
            }

            return true;
        }
        catch (FormatException exception)
        {
            await SendAsync();
            await _sending;
            throw BadLine(lines.Number, exception.Message, ExitCodes.Usage);
        }
    }

    private void Add(SetRequest record, long line)
    {
        _batch.Operations.Add(new BatchOperation { Set = record });
        _lines.Add(line);
        _bytes += record.CalculateSize();
    }

    /// <summary>Sends what was read, as soon as the batch before it is stored.</summary>
    private async Task SendAsync()
    {
        await _sending;
        if (_lines.Count > 0)
        {
            _sending = StoreAsync(_batch, _lines);
            (_batch, _lines, _bytes) = (new BatchRequest(), [], 0);
        }
    }

    private async Task StoreAsync(BatchRequest batch, List<long> lines)
    {
        BatchResponse response;
        try
        {
            response = await sendAsync(batch);
        }
        catch (RpcException exception) when (IsOfOneRecord(exception))
        {
            if (lines.Count == 1)
            {
                throw BadLine(lines[0], exception.Status.Detail, ExitCodes.ServerError);
            }

            // Nothing of it was stored, for one of its records: which one shows when they come one by one.
            await StoreOneByOneAsync(batch, lines);
            return;
        }

        Imported += response.Results.Count(result => result.Code.Length == 0);
        if (response.Results.FirstOrDefault(result => result.Code.Length > 0) is { } refused)
        {
            // The operations of a batch do not depend on each other: those after it were carried out.
            var index = response.Results.IndexOf(refused);
            var after = response.Results.Skip(index + 1).Count(result => result.Code.Length == 0);
            throw BadLine(lines[index], refused.Code, ExitCodes.ServerError, after);
        }
    }

    private async Task StoreOneByOneAsync(BatchRequest batch, List<long> lines)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            await StoreAsync(new BatchRequest { Operations = { batch.Operations[i] } }, [lines[i]]);
        }
    }

    private static bool IsOfOneRecord(RpcException exception) =>
        exception.StatusCode is StatusCode.InvalidArgument or StatusCode.ResourceExhausted;

    private CliException BadLine(long line, string reason, int exitCode, int importedAfter = 0)
    {
        var after = importedAfter == 0 ? "" : $"; after it: {Printable.Records(importedAfter)}";
        return new(exitCode, string.Create(
            CultureInfo.InvariantCulture,
            $"line {line}: {reason.TrimEnd('.')}. Imported before it: {Printable.Records(Imported - importedAfter)}{after}."));
    }
}
