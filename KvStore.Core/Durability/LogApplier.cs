using System.Collections.Concurrent;
using KvStore.Core.Changes;
using KvStore.Core.Store;

namespace KvStore.Core.Durability;

/// <summary>Applies a log's changes to a store by several threads, each of which has its own shards: so every key's changes stay in order.</summary>
/// <remarks>One thread gives it the changes. It gathers them in blocks, of which a few are on their way at once: who reads faster than they
/// are applied waits.</remarks>
internal sealed class LogApplier : ILogSink, IDisposable
{
    private readonly ShardedStore _store;
    private readonly BlockingCollection<LoadBlock>[] _queues;
    private readonly BlockingCollection<LoadBlock> _free;
    private readonly WorkerThreads _workers;
    private LoadBlock _block;

    /// <summary>Starts the threads.</summary>
    /// <param name="store">The store, which is being loaded.</param>
    /// <param name="workers">How many threads.</param>
    /// <param name="cancellationToken">Ends them early.</param>
    public LogApplier(ShardedStore store, int workers, CancellationToken cancellationToken)
    {
        _store = store;
        _queues = new BlockingCollection<LoadBlock>[workers];
        _free = new BlockingCollection<LoadBlock>(new ConcurrentQueue<LoadBlock>());
        for (var i = 0; i < workers; i++)
        {
            _queues[i] = new BlockingCollection<LoadBlock>(new ConcurrentQueue<LoadBlock>());
            _free.Add(new LoadBlock(store.ShardCount), CancellationToken.None);
        }

        _block = new LoadBlock(store.ShardCount);
        _workers = WorkerThreads.Start(workers, Apply, cancellationToken);
    }

    /// <inheritdoc />
    public void Add(long revision, in LoggedChange change)
    {
        if (change.Kind != ChangeKind.None)
        {
            _block.Add(revision, change.Key, change.Record);
        }
    }

    /// <inheritdoc />
    public void Commit()
    {
        _block.Commit();
        if (_block.IsFull)
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
            for (var shard = worker; shard < _store.ShardCount; shard += _queues.Length)
            {
                _store.Load(block, shard);
            }

            if (block.IsDoneByAll())
            {
                _free.Add(block, CancellationToken.None);
            }
        }
    }
}
