using KvStore.Core.Search.Tree;

namespace KvStore.Core.Search;

/// <content>Adding and removing keys.</content>
/// <remarks>
/// A new key waits in a list until a thread of the pool has come for it and others, or until someone asks: together they cost the trees
/// less than one by one, as they wait for memory at once, and who adds a key goes on meanwhile. Whatever reads the trees first
/// puts in what waits.
/// </remarks>
internal sealed partial class KeyIndex : IThreadPoolWorkItem
{
    // So many are worth a thread's coming; and so many may wait before who adds one puts them in.
    private const int Enough = 64;
    private const int MostWaiting = 256;

    // After so many lists the thread is offered to others.
    private const int MostListsAtATime = 16;

    private readonly Lock _heapLock = new();
    private uint[] _waiting = new uint[MostWaiting];
    private uint[] _batch = new uint[MostWaiting];
    private int _waitingCount;
    private int _batchCount;
    private int _isThreadCalled;

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

        if (waiting >= Enough)
        {
            CallThread();
        }

        return reference;
    }

    /// <summary>Puts keys that wait into the trees.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        for (var i = 0; i < MostListsAtATime && Volatile.Read(ref _waitingCount) > 0; i++)
        {
            // One list at a time: searches get their turn between them.
            lock (_lock)
            {
                try
                {
                    Settle();
                }
                catch (Exception exception) when (exception is OutOfMemoryException or InvalidOperationException)
                {
                    // The keys wait on, for the next who comes.
                    break;
                }
            }

            // As in Slices: whoever waits for this processor has it now.
            Thread.Yield();
        }

        Interlocked.Exchange(ref _isThreadCalled, 0);
    }

    private void CallThread()
    {
        if (Volatile.Read(ref _isThreadCalled) != 0 || Interlocked.Exchange(ref _isThreadCalled, 1) != 0)
        {
            return;
        }

        try
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        catch (OutOfMemoryException)
        {
            // Who adds the key has its reference already, and must get it: else searches would show a key that nobody can remove.
            Volatile.Write(ref _isThreadCalled, 0);
        }
    }

    /// <summary>Removes a key that is in the index, and frees its bytes. Needs no memory, so it never fails.</summary>
    public void Remove(uint key)
    {
        lock (_lock)
        {
            if (HasOrder && !TryWithdraw(key))
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
            if (!HasOrder)
            {
                reference = Keys.Add(key);
                return true;
            }

            if (waiting == _waiting.Length || Keys.IsNearlyFull)
            {
                return false;
            }

            reference = Keys.Add(key);
            _waiting[waiting++] = reference;
            _waitingCount = waiting;
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

    /// <summary>Puts all keys that wait into both trees; those that come meanwhile are left. What finds no memory stays, for the next time.</summary>
    private void Settle()
    {
        AddBatch();
        lock (_heapLock)
        {
            (_batch, _waiting) = (_waiting, _batch);
            (_batchCount, _waitingCount) = (_waitingCount, 0);
        }

        AddBatch();
    }

    private void AddBatch()
    {
        while (_batchCount > 0)
        {
            var count = Math.Min(_batchCount, OrderedTree<ForwardOrder>.MaxApproached);
            var keys = _batch.AsSpan(_batchCount - count, count);
            _forward.Approach(keys);
            _backward.Approach(keys);
            while (count > 0)
            {
                AddToBoth(--count, _batch[_batchCount - 1]);
                _batchCount--;
            }
        }
    }

    private void AddToBoth(int approached, uint key)
    {
        _forward.Add(approached);
        try
        {
            _backward.Add(approached);
        }
        catch
        {
            _forward.Remove(key);
            throw;
        }
    }
}
