using KvStore.Core.Search.Tree;

namespace KvStore.Core.Search;

/// <content>Filling an empty index with many keys, whose orders are then made at once.</content>
internal sealed partial class KeyIndex
{
    private bool _isLoading;

    /// <summary>Whether keys are put in order when they are added.</summary>
    private bool HasOrder => !IsWithoutOrder && !_isLoading;

    /// <summary>From now on keys that are added get no order: they cost their bytes in the heap, and searches and counts do not see them.</summary>
    /// <remarks>Any number of threads may add and remove meanwhile, as ever. For an index that has never had a key, before anything else uses it.</remarks>
    public void BeginLoading()
    {
        lock (_lock)
        {
            lock (_heapLock)
            {
                _isLoading = true;
            }
        }
    }

    /// <summary>Puts all keys in both orders, and ends the loading. No other thread may add or remove meanwhile.</summary>
    /// <remarks>
    /// <para>The keys are those in the heap, in the order of their memory: nobody has to name them, and to read them is to read
    /// on in memory. Each order is made by a thread of its own, if there is one.</para>
    /// <para>Each takes 24 bytes a key beside what it keeps, or 4 where the keys were added in that order; the collector's next full
    /// round gives them back.</para>
    /// <para>Where it fails, both orders are useless, and so is the index.</para>
    /// </remarks>
    /// <exception cref="AggregateException">There is no memory for the orders, or not enough that references reach.</exception>
    public void FinishLoading()
    {
        lock (_lock)
        {
            lock (_heapLock)
            {
                if (!IsWithoutOrder)
                {
                    var forward = Keys.All();
                    uint[] backward = [.. forward];
                    Parallel.Invoke(() => Build(_forward, forward), () => Build(_backward, backward));
                }

                _isLoading = false;
            }
        }
    }

    private void Build<TOrder>(OrderedTree<TOrder> tree, uint[] keys)
        where TOrder : struct, IByteOrder =>
        tree.Build(new KeySort<TOrder>(Keys, keys).Sort());
}
