using System.Globalization;
using System.Text;
using KvStore.Core.Errors;
using KvStore.Core.Search;
using KvStore.Core.Store;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Server;

namespace KvStore.Api.Grpc;

/// <summary>Sends the keys that a search finds, one message for each.</summary>
/// <remarks>Holds one page of keys and one value at a time, however many are found. A slow client holds up only itself.</remarks>
internal sealed class SearchCall(
    IKeyValueStore store, SearchRequest request, KeyFilter filter, ServerStreamWriter<SearchResult> results, ServerCallContext context)
{
    // A page is kept while the client takes nothing, and one connection may have a thousand searches.
    private const int PageKeys = 64;
    private const int RecordsInARow = 32;

    private readonly KeyCursor _cursor =
        request.After.Length == 0 ? new KeyCursor() : KeyCursor.AfterKey(Encoding.UTF8.GetBytes(request.After));

    private readonly KeyPage _page = new();

    // Written before the next is made.
    private readonly SearchResult _result = new();
    private int _left = request.Limit == 0 ? int.MaxValue : request.Limit;

    /// <summary>Sends all of it.</summary>
    public async Task RunAsync()
    {
        // Before the first key: whoever watches from there on is told of all that is missing here, or older.
        var revision = await store.GetSettledRevisionAsync(context.CancellationToken);
        await context.WriteResponseHeadersAsync(new Metadata
        {
            { GrpcErrors.Revision, revision.ToString(CultureInfo.InvariantCulture) },
        });
        if (filter.IsEmpty && !request.AllKeys)
        {
            // A search for nothing finds nothing: a client whose filter came out empty does not get the whole store.
            return;
        }

        bool more;
        do
        {
            more = await store.SearchAsync(filter, _cursor, Math.Min(PageKeys, _left), _page, context.CancellationToken);
            await WritePageAsync();

            // A client that reads as fast as this writes would keep the thread to itself.
            await Task.Yield();
        }
        while (more && _left > 0);
    }

    private async ValueTask WritePageAsync()
    {
        for (var i = 0; i < _page.Count; i++)
        {
            if (request.Values && !await ReadValueAsync(i))
            {
                // It was deleted, or expired, since the page was read.
                continue;
            }

            _left--;
            _result.Key = Encoding.UTF8.GetString(_page[i]);
            var write = results.WriteAsync(_result, isMoreComing: true);

            // It has been written, and only waits to be taken: a long value is kept once.
            (_result.Value, _result.ValueBytes) = ValueBuffer.ToFields([], asBytes: false);
            await write;
            if (request.Values && i % RecordsInARow == 0)
            {
                // Whoever waits for this processor has it now, and not only when the system ends a turn of some milliseconds.
                Thread.Yield();
            }
        }
    }

    private async ValueTask<bool> ReadValueAsync(int index)
    {
        using var value = ValueBuffer.Rent();
        var read = await store.GetAsync(_page[index], value, cancellationToken: context.CancellationToken);
        StorageFailedException.ThrowIf(read.Error);
        if (read.Error != ErrorCode.None)
        {
            return false;
        }

        (_result.Value, _result.ValueBytes) = value.ToFields(request.AsBytes);
        _result.ContentType = read.ContentType;
        _result.Revision = read.Revision;
        _result.ExpiresAt = read.ExpiresAt;
        return true;
    }
}
