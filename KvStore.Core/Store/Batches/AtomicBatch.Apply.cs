using System.Buffers;
using KvStore.Core.Changes;
using KvStore.Core.Errors;
using KvStore.Core.Records;

namespace KvStore.Core.Store.Batches;

/// <content>Carrying out the writes, when all locks are held and no operation has failed.</content>
internal sealed partial class AtomicBatch
{
    private void Apply()
    {
        var scratch = ArrayPool<byte>.Shared.Rent(Math.Max(1, LargestOverwritten()));
        try
        {
            Prepare();
            PutInPlace(scratch);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }

        foreach (ref var key in _keys.All)
        {
            key.Shard.TidyExpiries();
        }
    }

    /// <summary>Makes the record that each key is to have in the end.</summary>
    private void Prepare()
    {
        try
        {
            foreach (ref var key in _keys.All)
            {
                if (key.Write >= 0 && key.Exists)
                {
                    key.Shard.Prepare(_keys[key], ref key, RecordOf(key.Write));
                }
            }
        }
        catch
        {
            Undo();
            throw;
        }
    }

    private void PutInPlace(byte[] scratch)
    {
        var error = _log.Reserve(_writes, (int)_writeBytes, out var group);
        if (error != ErrorCode.None)
        {
            Undo();
            Refusal = error;
            return;
        }

        try
        {
            WriteChanges(group, scratch);
            foreach (ref var key in _keys.All)
            {
                if (key.IsNew)
                {
                    key.Shard.InsertPrepared(ref key);
                }
            }
        }
        catch
        {
            Undo();
            PublishNothing(group);
            throw;
        }

        foreach (ref var key in _keys.All)
        {
            if (key.Write >= 0)
            {
                key.Shard.Finish(_keys[key], ref key, group.Revision + _writes - 1);
            }
        }

        _firstRevision = group.Revision;
        Publish(group);
    }

    private void WriteChanges(ChangeSlot slot, byte[] scratch)
    {
        var last = slot.Revision + _writes - 1;
        for (var i = 0; i < _steps.Length; i++)
        {
            if (_batch.Kind(i) == BatchKind.Get)
            {
                continue;
            }

            var isSet = _batch.Kind(i) == BatchKind.Set;
            var record = isSet ? Encode(i, slot.Revision, scratch) : default;
            _log.Write(slot, isSet ? ChangeKind.Set : ChangeKind.Delete, slot.Revision < last, _now, _batch.Key(i), record);
            slot = slot.After(ChangeBytes(i));
        }
    }

    /// <summary>The record of a set: the one that the key will have, or one that the batch itself replaces.</summary>
    private ReadOnlySpan<byte> Encode(int operation, long revision, byte[] scratch)
    {
        ref readonly var key = ref _keys.All[_steps[operation].Key];
        if (key.Write == operation)
        {
            return key.Shard.Stamp(key, RecordBytes(operation), revision);
        }

        var write = RecordOf(operation);
        write.Encode(scratch, revision);
        return scratch.AsSpan(0, write.Size);
    }

    private void Publish(ChangeSlot group)
    {
        var (revision, position) = (group.Revision + _writes, group.Position + _writeBytes);
        for (var i = _steps.Length - 1; i >= 0; i--)
        {
            if (_batch.Kind(i) != BatchKind.Get)
            {
                position -= ChangeBytes(i);
                _log.Publish(new ChangeSlot(--revision, position), ChangeRecord.Size(_batch.Key(i).Length, RecordBytes(i)));
            }
        }
    }

    /// <summary>Fills the places of the changes, none of which has come about.</summary>
    private void PublishNothing(ChangeSlot slot)
    {
        for (var i = 0; i < _steps.Length; i++)
        {
            if (_batch.Kind(i) != BatchKind.Get)
            {
                _log.AppendNothing(slot);
                slot = slot.After(ChangeBytes(i));
            }
        }
    }

    private void Undo()
    {
        foreach (ref var key in _keys.All)
        {
            key.Shard.Undo(_keys[key], ref key);
        }
    }

    /// <summary>Bytes of the largest record that the batch itself replaces.</summary>
    private int LargestOverwritten()
    {
        var largest = 0;
        for (var i = 0; i < _steps.Length; i++)
        {
            if (_batch.Kind(i) == BatchKind.Set && _keys.All[_steps[i].Key].Write != i)
            {
                largest = Math.Max(largest, RecordBytes(i));
            }
        }

        return largest;
    }

    private int ChangeBytes(int operation) => ChangeRecord.Size(_batch.Key(operation).Length, RecordBytes(operation));

    private int RecordBytes(int operation)
    {
        if (_batch.Kind(operation) != BatchKind.Set)
        {
            return 0;
        }

        var options = _batch.Options(operation);
        return Record.Size(_batch.Value(operation).Length, ContentTypes.Encode(options.ContentType), ShardedStore.ExpiresAt(options, _now));
    }

    private RecordWrite RecordOf(int operation)
    {
        var options = _batch.Options(operation);
        return new RecordWrite(
            new ReadOnlySequence<byte>(_batch.Value(operation)), options.ContentType, ShardedStore.ExpiresAt(options, _now));
    }

    /// <summary>What a get sees of a set before it.</summary>
    private KeptValue ValueOf(int operation)
    {
        var options = _batch.Options(operation);
        return new KeptValue(
            _batch.Value(operation), options.ContentType ?? ContentTypes.Default, ShardedStore.ExpiresAt(options, _now));
    }
}
