using System.Runtime.InteropServices;
using KvStore.Core.Changes;
using KvStore.Core.Errors;

namespace KvStore.Core.Store.Batches;

/// <summary>One atomic batch: all of its writes or none, at one moment.</summary>
/// <remarks>
/// <para>It takes the locks of all shards concerned, in the shards' order, so that no two batches wait for each other. Under them it
/// 1. finds out what the store has under each of its keys, 2. goes through the operations in order, on a staged view that each of them sees as those
/// before it left it, 3. where none failed, prepares all records, takes as many revisions as it writes in one step, puts the records in place and
/// publishes the changes, the last first: who follows the log sees all or none.</para>
/// <para>Of a key that is written more than once the store gets the last record alone, and the log all.</para>
/// <para>Not thread safe: it is made, run and asked for its results by one caller.</para>
/// </remarks>
internal sealed partial class AtomicBatch : BatchOutcome
{
    // What it has read waits in memory until it is sent.
    private const long MostBytesRead = 64 * 1_024 * 1_024;
    private const int Group = 16;

    // What a get sees, where it is not what an operation of the batch writes.
    private const int Nothing = -1;
    private const int Stored = -2;

    // No client can know a revision before it is given, so no condition on one holds: this is none.
    private const long NotYetGiven = -1;

    private readonly Batch _batch;
    private readonly Shard[] _shards;
    private readonly ChangeLog _log;
    private readonly Func<int, ErrorCode> _check;
    private readonly Func<long> _clock;
    private readonly StagedKeys _keys;
    private readonly Step[] _steps;
    private readonly KeptValues _values = new();
    private long _now;
    private int _writes;
    private long _writeBytes;
    private long _firstRevision;

    /// <param name="batch">The operations.</param>
    /// <param name="shards">The store's shards.</param>
    /// <param name="log">The store's log.</param>
    /// <param name="check">What is wrong with the key or the value of an operation, by its place.</param>
    /// <param name="clock">Tells the time in Unix milliseconds.</param>
    public AtomicBatch(Batch batch, Shard[] shards, ChangeLog log, Func<int, ErrorCode> check, Func<long> clock)
    {
        (_batch, _shards, _log, _check, _clock) = (batch, shards, log, check, clock);
        _keys = new StagedKeys(batch);
        _steps = new Step[batch.Count];
    }

    /// <summary>Carries it out.</summary>
    public BatchOutcome Run()
    {
        MeasureWrites();
        if (Excess is not null)
        {
            return this;
        }

        var shards = Stage();
        var entered = 0;
        try
        {
            for (; entered < shards.Count; entered++)
            {
                shards[entered].Enter();
            }

            Resolve();
            if (TryEvaluate() && _writes > 0)
            {
                Apply();
            }
        }
        finally
        {
            while (entered > 0)
            {
                shards[--entered].Exit();
            }
        }

        return this;
    }

    /// <inheritdoc />
    public override int Deliver(int start, IBatchResults results)
    {
        for (; start < _steps.Length; start++)
        {
            if (!results.Add(_batch.Kind(start) == BatchKind.Get ? Read(start, results) : Written(start)))
            {
                return start + 1;
            }
        }

        return start;
    }

    /// <summary>Finds out whether the log has room for the writes as one group, before anything is locked.</summary>
    private void MeasureWrites()
    {
        for (var i = 0; i < _batch.Count; i++)
        {
            if (_batch.Kind(i) != BatchKind.Get)
            {
                _writes++;
                _writeBytes += ChangeBytes(i);
            }
        }

        Excess = _writes > _log.MaxCount ? new BatchExcess("writes", _log.MaxCount)
            : _writeBytes > _log.MaxBytes ? new BatchExcess("bytes of keys and records written", _log.MaxBytes)
            : null;
    }

    /// <summary>Gathers the different keys.</summary>
    /// <returns>Their shards, in order.</returns>
    private List<Shard> Stage()
    {
        var isConcerned = new bool[_shards.Length];
        for (var i = 0; i < _steps.Length; i++)
        {
            var hash = new HashedKey(_batch.Key(i)).Hash;
            var shard = ShardedStore.ShardOf(hash, _shards.Length);
            isConcerned[shard] = true;
            _steps[i].Key = _keys.Find(i, hash, _shards[shard]);
        }

        return [.. _shards.Where((_, i) => isConcerned[i])];
    }

    private void Resolve()
    {
        // Asked when all locks are held: whatever the batch finds alive is alive when its writes are in place.
        _now = _clock();
        var keys = _keys.All;
        for (var start = 0; start < keys.Length; start += Group)
        {
            var group = keys[start..Math.Min(start + Group, keys.Length)];
            foreach (ref var key in group)
            {
                key.Shard.Approach(key.Hash);
            }

            foreach (ref var key in group)
            {
                key.Shard.Resolve(_keys[key], ref key, _now);
            }
        }
    }

    private bool TryEvaluate()
    {
        var writes = 0;
        for (var i = 0; i < _steps.Length; i++)
        {
            ref var step = ref _steps[i];
            ref var key = ref _keys.All[step.Key];
            if (_batch.Kind(i) == BatchKind.Get)
            {
                step.Source = key.Write < 0 ? ReadStored(ref key) : key.Exists ? key.Write : Nothing;
                continue;
            }

            var failure = Check(i, key, out var current);
            if (failure.Error != ErrorCode.None)
            {
                (FailedOperation, Failure) = (i, failure);
                return false;
            }

            step.Source = writes++;
            step.IsNew = current == 0;
            key.Write = i;
            key.Exists = _batch.Kind(i) == BatchKind.Set;
        }

        if (_values.Bytes > MostBytesRead)
        {
            Excess = new BatchExcess("bytes of values read", MostBytesRead);
        }

        return Excess is null;
    }

    private int ReadStored(ref StagedKey key)
    {
        if (key.Revision == 0)
        {
            return Nothing;
        }

        if (key.Value == 0 && _values.Bytes <= MostBytesRead)
        {
            key.Value = _values.Add(key.Shard.Keep(key.Cell, _values));
        }

        return Stored;
    }

    /// <summary>What keeps a write from being carried out.</summary>
    private BatchResult Check(int operation, in StagedKey key, out long current)
    {
        var kind = _batch.Kind(operation);
        current = key.Write < 0 ? key.Revision : key.Exists ? NotYetGiven : 0;
        var error = _check(operation);
        if (error != ErrorCode.None)
        {
            return new BatchResult(kind, error);
        }

        if (!_batch.Options(operation).Condition.Holds(current))
        {
            return new BatchResult(kind, ErrorCode.RevisionMismatch, current);
        }

        return new BatchResult(kind, kind == BatchKind.Delete && current == 0 ? ErrorCode.KeyNotFound : ErrorCode.None);
    }

    private BatchResult Written(int operation) => new(
        _batch.Kind(operation), ErrorCode.None, _firstRevision + _steps[operation].Source, _batch.Kind(operation) == BatchKind.Set && _steps[operation].IsNew);

    private BatchResult Read(int operation, IBatchResults results)
    {
        var source = _steps[operation].Source;
        if (source == Nothing)
        {
            var error = _check(operation);
            return new BatchResult(BatchKind.Get, error == ErrorCode.None ? ErrorCode.KeyNotFound : error);
        }

        ref readonly var key = ref _keys.All[_steps[operation].Key];
        var (value, revision) = source == Stored
            ? (_values[key.Value - 1], key.Revision)
            : (ValueOf(source), _firstRevision + _steps[source].Source);
        var destination = results.BeginValue();
        value.Bytes.Span.CopyTo(destination.GetSpan(value.Bytes.Length));
        destination.Advance(value.Bytes.Length);
        return new BatchResult(BatchKind.Get, ErrorCode.None, revision, ContentType: value.ContentType, ExpiresAt: value.ExpiresAt);
    }

    /// <summary>What became of an operation.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct Step
    {
        /// <summary>The place of its key.</summary>
        public int Key;

        /// <summary>Of a get: the operation that wrote what it sees, <see cref="Nothing"/> or <see cref="Stored"/>. Of a write: its number among the writes.</summary>
        public int Source;

        /// <summary>Of a write: whether the key did not exist before it.</summary>
        public bool IsNew;
    }
}
