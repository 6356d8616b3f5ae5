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
        using var threads = WorkerThreads.Start(workers, (worker, stop) => Load(store.ShardCount * worker / workers, stop), cancellationToken);
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

    /// <summary>Loads blocks as long as there are any.</summary>
    /// <param name="firstShard">The shard to begin with: threads that begin apart seldom wait for each other.</param>
    /// <param name="stop">Ends it early.</param>
    private void Load(int firstShard, CancellationToken stop)
    {
        var blocks = new SnapshotBlocks();
        var loader = new Loader(store, firstShard);
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

        loader.Flush();
    }

    private readonly struct Loader(ShardedStore store, int firstShard) : ISnapshotLoader
    {
        private readonly LoadBlock _block = new(store.ShardCount);

        public void Load(ReadOnlySpan<byte> key, in Record record, ReadOnlySpan<byte> bytes)
        {
            _block.Add(record.Revision, key, bytes);
            if (_block.IsFull)
            {
                Flush();
            }
        }

        public void Flush()
        {
            _block.Commit();
            store.AddKeys(_block);
            for (var i = 0; i < store.ShardCount; i++)
            {
                store.Load(_block, (firstShard + i) % store.ShardCount);
            }

            _block.Clear();
        }
    }
}
