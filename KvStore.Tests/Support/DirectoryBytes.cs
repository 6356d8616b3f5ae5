using System.Buffers;
using System.Text;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Core.Store;
using KvStore.Tests.Faults;

namespace KvStore.Tests.Support;

/// <summary>Files of a data directory as bytes, and stores as what they hold.</summary>
internal static class DirectoryBytes
{
    /// <summary>Gives a file a content, durably.</summary>
    public static void Put(IDataDirectory directory, string name, byte[] bytes)
    {
        if (directory.List().Contains(name, StringComparer.Ordinal))
        {
            directory.Delete(name);
        }

        using (var file = directory.Create(name))
        {
            file.Write(0, bytes);
            file.Sync();
        }

        directory.SyncNames();
    }

    /// <summary>A file's content.</summary>
    public static byte[] Get(IDataDirectory directory, string name)
    {
        using var file = directory.OpenRead(name);
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        return bytes;
    }

    /// <summary>The contents of all files.</summary>
    public static Dictionary<string, byte[]> All(IDataDirectory directory) =>
        directory.List().ToDictionary(name => name, name => Get(directory, name), StringComparer.Ordinal);

    /// <summary>A directory with these files.</summary>
    public static IDataDirectory With(IReadOnlyDictionary<string, byte[]> files)
    {
        var directory = new SimulatedDisk().Open();
        foreach (var (name, bytes) in files)
        {
            Put(directory, name, bytes);
        }

        return directory;
    }

    /// <summary>Recovers a directory into a new store.</summary>
    public static (ShardedStore Store, RecoveryResult Result) Recover(IDataDirectory directory, int workers = 2, TimeProvider? time = null)
    {
        var store = new ShardedStore(shards: 4, time: time ?? new ManualTime());
        return (store, Recovery.Run(directory, store, workers: workers));
    }

    /// <summary>Everything that a store shows.</summary>
    public static Dictionary<string, StoredValue> Content(ShardedStore store)
    {
        var content = new Dictionary<string, StoredValue>(StringComparer.Ordinal);
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var key in store.Search())
        {
            buffer.ResetWrittenCount();
            var read = store.GetAsync(Encoding.UTF8.GetBytes(key), buffer).Answer();
            content[key] = new StoredValue(read.Revision, Encoding.UTF8.GetString(buffer.WrittenSpan), read.ContentType, read.ExpiresAt);
        }

        return content;
    }

    /// <summary>Takes a snapshot of a store whose log is as durable as it needs.</summary>
    public static SnapshotResult Snapshot(IDataDirectory directory, ShardedStore store, long latestTime = 0, SnapshotProgress? progress = null) =>
        new SnapshotWriter(directory, store, TimeProvider.System)
            .WriteAsync(_ => ValueTask.CompletedTask, () => latestTime, progress).GetAwaiter().GetResult();
}
