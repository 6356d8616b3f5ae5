using System.Formats.Tar;
using System.Net;
using System.Text.Json;
using KvStore.Core.Durability;
using KvStore.Grpc.Client;

namespace KvStore.Cli.Stores;

/// <summary>Fetches a server's <c>GET /admin/backup</c>, a tar archive, and writes its files into a new directory.</summary>
/// <remarks>Nothing of the archive is believed: only files may be in it, with names that a store's files have, and what they make is verified.</remarks>
internal sealed class BackupDownload : IDisposable
{
    private const string Path = "/admin/backup";
    private const string ArchiveType = "application/x-tar";

    // A problem has a few hundred.
    private const int MostProblemBytes = 64 * 1_024;

    private readonly string _server;
    private readonly Uri _address;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _end;
    private readonly CancellationToken _stop;

    /// <summary>Makes ready.</summary>
    /// <param name="server">Where the server takes HTTP requests.</param>
    /// <param name="connectTimeout">How long a connection may take.</param>
    /// <param name="timeout">How long all of it may take; null for no limit: the server writes a snapshot before it answers.</param>
    /// <param name="stop">Ends it early.</param>
    public BackupDownload(string server, TimeSpan connectTimeout, TimeSpan? timeout, CancellationToken stop)
    {
        _server = server;
        _address = GrpcChannel.TryParseAddress(server, out var address) ? address : throw new ArgumentException($"'{server}' is no address.", nameof(server));

        // A proxy is none of those that may administer a server.
        var handler = new SocketsHttpHandler { ConnectTimeout = connectTimeout, AllowAutoRedirect = false, UseCookies = false, UseProxy = false };
        _http = new HttpClient(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
        _stop = stop;
        _end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (timeout is { } limit)
        {
            _end.CancelAfter(limit);
        }
    }

    /// <summary>Does it.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="progress">Is told how many bytes have come so far.</param>
    /// <exception cref="CliException">The server cannot be reached, or answers with something else; then there is no directory.</exception>
    public async Task<VerifyReport> RunAsync(string directory, Action<long> progress)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri(_address, Path), HttpCompletionOption.ResponseHeadersRead, _end.Token);
            await CheckAsync(response);
            await using var body = new ReceivedStream(await response.Content.ReadAsStreamAsync(_end.Token), _server, progress);
            return await ExtractAsync(body, directory);
        }
        catch (HttpRequestException exception)
        {
            throw new CliException(ExitCodes.Unavailable, $"{_server} cannot be reached: {exception.Message}", exception);
        }
        catch (OperationCanceledException exception) when (!_stop.IsCancellationRequested)
        {
            throw new CliException(ExitCodes.Unavailable, $"{_server} did not answer in time (--timeout)", exception);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw new CliException(ExitCodes.ServerError, $"What {_server} sent is no whole backup: {exception.Message.TrimEnd('.')}.", exception);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _http.Dispose();
        _end.Dispose();
    }

    private async Task<VerifyReport> ExtractAsync(Stream body, string directory)
    {
        using var backup = BackupWriter.Create(directory);
        await using var archive = new TarReader(body, leaveOpen: true);
        while (await archive.GetNextEntryAsync(copyData: false, _end.Token) is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
            {
                throw new InvalidDataException($"'{entry.Name}' is no file, but {entry.EntryType}");
            }

            await backup.AddAsync(entry.Name, entry.DataStream ?? Stream.Null, _end.Token);
        }

        return backup.Complete(_end.Token);
    }

    private async Task CheckAsync(HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            var exitCode = response.StatusCode == HttpStatusCode.ServiceUnavailable ? ExitCodes.Unavailable : ExitCodes.ServerError;
            throw new CliException(exitCode, await ReadProblemAsync(response)
                ?? FormattableString.Invariant($"{_server} answered {(int)response.StatusCode} {response.ReasonPhrase}: is it where a KvStore takes HTTP requests?"));
        }

        if (response.Content.Headers.ContentType?.MediaType != ArchiveType)
        {
            throw new CliException(ExitCodes.ServerError, $"{_server} answered with {response.Content.Headers.ContentType?.MediaType ?? "nothing"}, and not with a backup.");
        }
    }

    /// <summary>The code and the detail of a problem document; null where the answer is none.</summary>
    private async Task<string?> ReadProblemAsync(HttpResponseMessage response)
    {
        var bytes = new byte[MostProblemBytes];
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(_end.Token);
            var count = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, _end.Token);
            using var problem = JsonDocument.Parse(bytes.AsMemory(0, count));
            return problem.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("code"u8, out var code) && root.TryGetProperty("detail"u8, out var detail)
                ? $"{code}: {detail}"
                : null;
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }
}
