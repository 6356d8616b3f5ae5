using System.Globalization;
using KvStore.Core.Records;
using KvStore.Core.Store;

namespace KvStore.Core.Durability;

/// <summary>Loads a snapshot into a store, by several threads.</summary>
/// <param name="reader">The snapshot.</param>
/// <param name="store">The store, which is being loaded.</param>
/// <param name="progress">Is told how far it is.</param>
internal sealed class SnapshotLoad(SnapshotReader reader, ShardedStore store, RecoveryProgress progress)
{
    private readonly Lock _lock = new();
    private long _entries;
    private SnapshotPart? _end;
    private SnapshotPart? _fault;

    /// <summary>Loads all of it.</summary>
    /// <param name="workers">How many threads.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>Its end, and null; or nothing, and where it is damaged.</returns>
    public (SnapshotEnd? End, SnapshotPart? Fault) Run(int workers, CancellationToken cancellationToken)
    {
        using var threads = WorkerThreads.Start(workers, (_, stop) => Load(stop), cancellationToken);
        threads.Join();
        if (_fault is not null)
        {
            return (null, _fault);
        }

        return _end?.End is { } end && end.Entries == _entries
            ? (end, null)
            : (null, new SnapshotPart(_entries, null, _end?.Offset ?? reader.Length, string.Create(
                CultureInfo.InvariantCulture, $"it holds {_entries} entries, and its end says otherwise")));
    }

    private void Load(CancellationToken stop)
    {
        var blocks = new SnapshotBlocks();
        var loader = new Loader(store);
        while (reader.TryRead(blocks))
        {
            stop.ThrowIfCancellationRequested();
            var part = blocks.Decode(ref loader);
            progress.Add(blocks.Length, part.Entries);
            lock (_lock)
            {
                _entries += part.Entries;
                _end = part.End is null ? _end : part;

                // Of several faults the first in the file is told.
                if (part.Fault is not null && (_fault is null || part.Offset < _fault.Offset))
                {
                    _fault = part;
                }

                if (_fault is not null)
                {
                    return;
                }
            }
        }
    }

    private readonly struct Loader(ShardedStore store) : ISnapshotLoader
    {
        public void Load(ReadOnlySpan<byte> key, in Record record, ReadOnlySpan<byte> bytes) => store.Load(new HashedKey(key), record, bytes);
    }
}
