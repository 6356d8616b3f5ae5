using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Store;

namespace KvStore.Api.Http;

/// <summary>Writes the records of an import as their lines come: however long it is, only a piece of it is held.</summary>
/// <remarks>
/// <para>Each line is written before the next is looked at, so that where one is bad, or the body ends early, all before it are in the store
/// and nothing after it is.</para>
/// <para>Not thread safe; one for each request.</para>
/// </remarks>
internal sealed partial class ImportRequest(HttpContext context, IKeyValueStore store, long maxLineBytes, ILogger log)
{
    // After about a millisecond of work, where keys are new, the thread is offered to others.
    private const int PieceBytes = 32 * 1_024;
    private const int LinesInARow = 32;
    private const long ProgressRecords = 1_000_000;
    private const int MostUnanswered = 4_096;

    private readonly LineSplitter _lines = new(maxLineBytes);
    private readonly ImportLineReader _reader = new();

    // Writes whose disk has not answered yet: to wait for each would take a sync for each.
    private readonly Queue<ValueTask<WriteResult>> _unanswered = new();
    private long _imported;

    /// <summary>Reads the body to its end and answers.</summary>
    /// <param name="isGzip">Whether the body is compressed.</param>
    public async Task RunAsync(bool isGzip)
    {
        Problem? problem;
        try
        {
            problem = await (isGzip ? ReadCompressedAsync() : ReadAsync());
            problem ??= await AnswerAsync(0);
        }
        catch (BadHttpRequestException exception)
        {
            // Some of the body is unread, so that no further request can be found behind it.
            context.Response.Headers.Connection = "close";
            var cause = ProblemHandling.Describe(exception);
            problem = await AnswerAsync(0) ?? Stopped(cause.Code, cause.Detail);
        }

        if (problem is not null)
        {
            await ProblemResponse.SendAsync(context, problem);
            return;
        }

        context.Response.ContentType = JsonResponse.ContentType;
        JsonResponse.Write(context.Response, _imported, static (writer, imported) => writer.WriteNumber("imported"u8, imported));
    }

    private async Task<Problem?> ReadAsync()
    {
        var body = context.Request.BodyReader;
        while (true)
        {
            var read = await RequestBody.ReadPieceAsync(body);
            var piece = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, PieceBytes));
            foreach (var segment in piece)
            {
                if (await WriteAsync(segment) is { } problem)
                {
                    body.AdvanceTo(piece.End);
                    return problem;
                }
            }

            var isLast = read.IsCompleted && piece.Length == read.Buffer.Length;
            body.AdvanceTo(piece.End);
            if (isLast)
            {
                return await WriteLastAsync();
            }

            await GiveWayAsync();
        }
    }

    private async Task<Problem?> ReadCompressedAsync()
    {
        var body = new HeldBackReader(context.Request.BodyReader);
        await using var stream = new GZipStream(body.AsStream(leaveOpen: true), CompressionMode.Decompress);
        using var buffer = new ScratchBuffer(PieceBytes);
        while (true)
        {
            int length;
            try
            {
                length = await stream.ReadAsync(buffer.Memory);
            }
            catch (InvalidDataException)
            {
                return await AnswerAsync(0) ?? Stopped(ErrorCode.MalformedRequest, "The body is not gzip, is damaged, or ends early.");
            }

            if (length == 0)
            {
                return await WriteLastAsync() ?? await CheckEndAsync();
            }

            if (await WriteAsync(buffer.Memory[..length]) is { } problem)
            {
                return problem;
            }

            await GiveWayAsync();
        }
    }

    /// <summary>Refuses what comes after the gzip: the decoder passes over it, and lines would be missing without a word.</summary>
    private async ValueTask<Problem?> CheckEndAsync()
    {
        var rest = await RequestBody.ReadPieceAsync(context.Request.BodyReader);
        context.Request.BodyReader.AdvanceTo(rest.Buffer.End);
        return rest.Buffer.IsEmpty ? null : await AnswerAsync(0) ?? Stopped(ErrorCode.MalformedRequest, "Behind the gzip are bytes that are not gzip.");
    }

    /// <summary>Offers the thread to other requests, where any wait for one.</summary>
    private static async ValueTask GiveWayAsync()
    {
        if (ThreadPool.PendingWorkItemCount > 0)
        {
            await Task.Yield();
        }
    }

    /// <summary>Writes the lines that end in a piece.</summary>
    private async ValueTask<Problem?> WriteAsync(ReadOnlyMemory<byte> piece)
    {
        _lines.Feed(piece);
        while (_lines.TryRead(out var line))
        {
            if (_lines.Number % LinesInARow == 0)
            {
                // Whoever waits for this processor has it now, and not only when the system ends a turn of some milliseconds.
                Thread.Yield();
            }

            // Nearly always complete already: awaited only where it is not, for this is done for every line.
            var writing = WriteLineAsync(line);
            if ((writing.IsCompletedSuccessfully ? writing.Result : await writing) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    private ValueTask<Problem?> WriteLastAsync() => _lines.TryReadLast(out var line) ? WriteLineAsync(line) : default;

    private ValueTask<Problem?> WriteLineAsync(ReadOnlyMemory<byte> line)
    {
        if (_lines.IsTooLong(line))
        {
            _reader.Errors.Add("record", string.Create(CultureInfo.InvariantCulture, $"is longer than {maxLineBytes} bytes"));
            return EndAsync();
        }

        if (ImportLineReader.IsBlank(line.Span))
        {
            return default;
        }

        if (!_reader.TryRead(line, out var record))
        {
            return EndAsync();
        }

        var write = store.SetAsync(record.Key.Span, new ReadOnlySequence<byte>(record.Value), record.Options, CancellationToken.None);
        if (write.IsCompletedSuccessfully)
        {
            var result = write.Result;
            return result.Error == ErrorCode.None || _unanswered.Count == 0 ? new(Count(result)) : EndAsync(result);
        }

        _unanswered.Enqueue(write);
        return _unanswered.Count < MostUnanswered ? default : AnswerAsync(MostUnanswered / 2);
    }

    /// <summary>Ends the import at a line that is wrong, when it is known how many before it were written.</summary>
    private async ValueTask<Problem?> EndAsync() => await AnswerAsync(0) ?? BadLine();

    private async ValueTask<Problem?> EndAsync(WriteResult refused) => await AnswerAsync(0) ?? Count(refused);

    /// <summary>Waits until only so many writes are without an answer.</summary>
    private async ValueTask<Problem?> AnswerAsync(int left)
    {
        Problem? problem = null;
        while (_unanswered.Count > left)
        {
            problem = Count(await _unanswered.Dequeue()) ?? problem;
        }

        return problem;
    }

    private Problem? Count(in WriteResult write)
    {
        if (write.Error == ErrorCode.None)
        {
            _imported++;
            if (_imported % ProgressRecords == 0)
            {
                LogProgress(log, _imported, ProblemResponse.TraceIdOf(context));
            }

            return null;
        }

        switch (write.Error)
        {
            case ErrorCode.KeyTooLong:
                _reader.Errors.Add("key", string.Create(CultureInfo.InvariantCulture, $"is longer than {store.Limits.MaxKeyBytes} bytes"));
                return BadLine();
            case ErrorCode.ValueTooLarge:
                _reader.Errors.Add("value", string.Create(CultureInfo.InvariantCulture, $"is longer than {store.Limits.MaxValueBytes} bytes"));
                return BadLine();
            default:
                return Stopped(write.Error, Problem.OfStore(write.Error, store.Limits).Detail);
        }
    }

    private Problem BadLine()
    {
        var why = string.Join("; ", _reader.Errors.Lines);
        return new Problem(ErrorCode.InvalidRequest, string.Create(
            CultureInfo.InvariantCulture, $"Line {_lines.Number}: {why}. Records imported before it: {_imported}; after it: none."))
        {
            Line = _lines.Number,
            Imported = _imported,
            Errors = _reader.Errors,
        };
    }

    /// <summary>Why the import ended where no line was wrong.</summary>
    private Problem Stopped(ErrorCode code, string detail) => new(code, string.Create(
        CultureInfo.InvariantCulture, $"{detail} Records imported: {_imported}."))
    {
        Imported = _imported,
    };

    [LoggerMessage(1, LogLevel.Information, "Imported {Records} records so far; trace id {TraceId}")]
    private static partial void LogProgress(ILogger log, long records, string traceId);
}
