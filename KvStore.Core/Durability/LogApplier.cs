using System.Collections.Concurrent;
using KvStore.Core.Records;
using KvStore.Core.Store;

namespace KvStore.Core.Durability;

/// <summary>Applies a log's changes to a store by several threads, each of which has its own shards: so every key's changes stay in order.</summary>
/// <remarks>One thread gives it the changes. It gathers them in blocks, of which a few are on their way at once: who reads faster than they
/// are applied waits.</remarks>
internal sealed class LogApplier : ILogSink, IDisposable
{
    private const int FullBytes = 1 << 20;

    private readonly ShardedStore _store;
    private readonly BlockingCollection<ChangeBlock>[] _queues;
    private readonly BlockingCollection<ChangeBlock> _free;
    private readonly WorkerThreads _workers;
    private ChangeBlock _block;

    /// <summary>Starts the threads.</summary>
    /// <param name="store">The store, which is being loaded.</param>
    /// <param name="workers">How many threads.</param>
    /// <param name="cancellationToken">Ends them early.</param>
    public LogApplier(ShardedStore store, int workers, CancellationToken cancellationToken)
    {
        _store = store;
        _queues = new BlockingCollection<ChangeBlock>[workers];
        _free = new BlockingCollection<ChangeBlock>(new ConcurrentQueue<ChangeBlock>());
        for (var i = 0; i < workers; i++)
        {
            _queues[i] = new BlockingCollection<ChangeBlock>(new ConcurrentQueue<ChangeBlock>());
            _free.Add(new ChangeBlock(), CancellationToken.None);
        }

        _block = new ChangeBlock();
        _workers = WorkerThreads.Start(workers, Apply, cancellationToken);
    }

    /// <inheritdoc />
    public void Add(long revision, in LoggedChange change) => _block.Add(revision, change);

    /// <inheritdoc />
    public void Commit()
    {
        _block.Commit();
        if (_block.Bytes >= FullBytes)
        {
            Send();
        }
    }

    /// <summary>Waits until everything that was committed has been applied; what was not is dropped.</summary>
    public void Finish()
    {
        Send();
        foreach (var queue in _queues)
        {
            queue.CompleteAdding();
        }

        _workers.Join();
    }

    /// <summary>Ends the threads early, where they have not ended.</summary>
    public void Dispose()
    {
        _workers.Dispose();
        foreach (var queue in _queues)
        {
            queue.Dispose();
        }

        _free.Dispose();
    }

    private void Send()
    {
        try
        {
            var full = _block;
            full.Begin(_queues.Length);
            _block = _free.Take(_workers.Stopped);
            foreach (var queue in _queues)
            {
                queue.Add(full, CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            // A worker's failure says more.
            _workers.Join();
            throw;
        }
    }

    private void Apply(int worker, CancellationToken stop)
    {
        foreach (var block in _queues[worker].GetConsumingEnumerable(stop))
        {
            Apply(block, worker);
            if (block.IsDoneByAll())
            {
                _free.Add(block, CancellationToken.None);
            }
        }
    }

    private void Apply(ChangeBlock block, int worker)
    {
        foreach (ref readonly var entry in block.Entries)
        {
            if (ShardedStore.ShardOf(entry.Hash, _store.ShardCount) % _queues.Length != worker)
            {
                continue;
            }

            var key = new HashedKey(block.Key(entry), entry.Hash);
            if (entry.RecordLength == 0)
            {
                _store.Unload(key, entry.Revision);
            }
            else
            {
                var bytes = block.Record(entry);
                Record.TryRead(bytes, out var record);
                _store.Load(key, record, bytes);
            }
        }
    }
}
