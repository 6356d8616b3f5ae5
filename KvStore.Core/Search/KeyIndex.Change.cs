namespace KvStore.Core.Search;

/// <content>Adding and removing keys.</content>
/// <remarks>
/// A new key waits in a list until there are some, or until someone asks: together they cost the trees less than one
/// by one, as they wait for memory at once, and who adds a key need not wait for another's turn at the trees. Whatever reads the
/// trees first puts in what waits.
/// </remarks>
internal sealed partial class KeyIndex
{
    private const int Batch = 16;

    private readonly Lock _heapLock = new();
    private readonly uint[] _waiting = new uint[4 * Batch];
    private readonly uint[] _batch = new uint[Batch];
    private int _waitingCount;
    private int _batchCount;

    /// <summary>Adds a key that is not in the index.</summary>
    /// <returns>The reference to its bytes.</returns>
    /// <exception cref="InvalidOperationException">All memory that references reach is in use; nothing has changed.</exception>
    public uint Add(ReadOnlySpan<byte> key)
    {
        uint reference;
        int waiting;
        while (!TryWait(key, out reference, out waiting))
        {
            lock (_lock)
            {
                Settle();
                if (Keys.IsNearlyFull)
                {
                    return AddAtOnce(key);
                }
            }
        }

        // Whoever holds the lock leaves the keys to the next, who will soon come.
        if (waiting >= Batch && _lock.TryEnter())
        {
            try
            {
                Settle();
            }
            catch (Exception exception) when (exception is OutOfMemoryException or InvalidOperationException)
            {
                // The key is in, and waits on.
            }
            finally
            {
                _lock.Exit();
            }
        }

        return reference;
    }

    /// <summary>Removes a key that is in the index, and frees its bytes. Needs no memory, so it never fails.</summary>
    public void Remove(uint key)
    {
        lock (_lock)
        {
            if (!IsWithoutOrder && !TryWithdraw(key))
            {
                _forward.Remove(key);
                _backward.Remove(key);
            }

            Free(key);
        }
    }

    private bool TryWait(ReadOnlySpan<byte> key, out uint reference, out int waiting)
    {
        lock (_heapLock)
        {
            (reference, waiting) = (0, _waitingCount);
            if (waiting == _waiting.Length || Keys.IsNearlyFull)
            {
                return false;
            }

            reference = Keys.Add(key);
            if (!IsWithoutOrder)
            {
                _waiting[waiting++] = reference;
                _waitingCount = waiting;
            }

            return true;
        }
    }

    /// <summary>Adds a key where memory may be too short for those that would wait beside it.</summary>
    private uint AddAtOnce(ReadOnlySpan<byte> key)
    {
        uint reference;
        lock (_heapLock)
        {
            reference = Keys.Add(key);
        }

        try
        {
            _batch[0] = reference;
            _batchCount = 1;
            AddBatch();
            return reference;
        }
        catch
        {
            _batchCount = 0;
            Free(reference);
            throw;
        }
    }

    /// <summary>Takes a key off the lists of those that are not in the trees yet.</summary>
    private bool TryWithdraw(uint key)
    {
        lock (_heapLock)
        {
            return TryWithdraw(key, _waiting, ref _waitingCount) || TryWithdraw(key, _batch, ref _batchCount);
        }
    }

    private static bool TryWithdraw(uint key, uint[] list, ref int count)
    {
        var index = list.AsSpan(0, count).IndexOf(key);
        if (index < 0)
        {
            return false;
        }

        list[index] = list[--count];
        return true;
    }

    private void Free(uint key)
    {
        lock (_heapLock)
        {
            Keys.Free(key);
        }
    }

    /// <summary>Puts all keys that wait into both trees. What finds no memory stays where it is, for the next time.</summary>
    private void Settle()
    {
        while (_batchCount > 0 || TryTakeBatch())
        {
            AddBatch();
        }
    }

    private bool TryTakeBatch()
    {
        lock (_heapLock)
        {
            var waiting = _waiting.AsSpan(0, _waitingCount);
            _batchCount = Math.Min(waiting.Length, Batch);
            waiting[^_batchCount..].CopyTo(_batch);
            _waitingCount -= _batchCount;
            return _batchCount > 0;
        }
    }

    private void AddBatch()
    {
        var keys = _batch.AsSpan(0, _batchCount);
        _forward.Approach(keys);
        _backward.Approach(keys);
        while (_batchCount > 0)
        {
            AddToBoth(_batchCount - 1);
            _batchCount--;
        }
    }

    private void AddToBoth(int index)
    {
        _forward.Add(index);
        try
        {
            _backward.Add(index);
        }
        catch
        {
            _forward.Remove(_batch[index]);
            throw;
        }
    }
}
