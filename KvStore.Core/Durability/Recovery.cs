using KvStore.Core.Files;
using KvStore.Core.Store;

namespace KvStore.Core.Durability;

/// <summary>Brings a store back from its files: the newest snapshot, and the log after it.</summary>
internal static class Recovery
{
    /// <summary>Reads everything into an empty store, seals the log's end, and removes files that are of no use any more.</summary>
    /// <param name="directory">The data directory, which has a STORE: see <see cref="StoreIdentity.Find"/>.</param>
    /// <param name="store">An empty store that nobody uses yet. After a failure it is of no use.</param>
    /// <param name="progress">Is told how far it is; null for nobody.</param>
    /// <param name="workers">How many threads decode and apply; 0 = one for each processor.</param>
    /// <param name="cancellationToken">Ends it early; what is on disk stays as good as it was.</param>
    /// <exception cref="StoreDamagedException">A file is damaged. Nothing was changed.</exception>
    /// <exception cref="StoreRefusedException">A file is of a newer version. Nothing was changed.</exception>
    /// <exception cref="IOException">A file could not be read or written.</exception>
    public static RecoveryResult Run(
        IDataDirectory directory,
        ShardedStore store,
        RecoveryProgress? progress = null,
        int workers = 0,
        CancellationToken cancellationToken = default)
    {
        throw new InvalidOperationException("Not yet.");
    }
}
