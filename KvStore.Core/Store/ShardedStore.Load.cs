namespace KvStore.Core.Store;

/// <content>Filling a store from its files, before anyone uses it.</content>
/// <remarks>Between <see cref="BeginLoading"/> and <see cref="FinishLoading"/> any number of threads may load. A key's changes have to come in
/// the order of their revisions; what is in a snapshot may be of any, but has to come before them.</remarks>
public sealed partial class ShardedStore
{
    /// <summary>How many shards there are.</summary>
    internal int ShardCount => _shards.Length;

    /// <summary>Begins to fill the store, which must be empty.</summary>
    /// <param name="expectedKeys">About how many keys there will be: room for them is made at once.</param>
    internal void BeginLoading(long expectedKeys)
    {
        // Keys do not fall on the shards quite evenly, and a dictionary that has to grow does everything again.
        var perShard = expectedKeys / _shards.Length;
        var room = (int)Math.Clamp(perShard + (perShard / 32) + 31, 31, Array.MaxLength / 2);
        foreach (var shard in _shards)
        {
            shard.BeginLoading(room);
        }

        _index.BeginLoading();
    }

    /// <summary>Has the index keep the keys of a block before its changes are taken: for one whose keys are likely to be new.</summary>
    internal void AddKeys(LoadBlock block) => block.AddKeys(_index);

    /// <summary>Takes what a block has for a shard.</summary>
    internal void Load(LoadBlock block, int shard) => _shards[shard].Load(block.Of(shard));

    /// <summary>Ends the filling: the store can be used.</summary>
    /// <param name="lastRevision">The last revision that was given to any write.</param>
    /// <param name="historyId">The history that it belongs to.</param>
    internal void FinishLoading(long lastRevision, Guid historyId)
    {
        _index.FinishLoading();
        _log.StartAt(lastRevision);
        _historyId = historyId.ToString("n");
    }
}
