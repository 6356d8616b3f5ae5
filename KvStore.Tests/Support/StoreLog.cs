using KvStore.Core.Changes;
using KvStore.Core.Files;
using KvStore.Core.Store;

namespace KvStore.Tests.Support;

/// <summary>Writes down what a store's change log holds, as the write-ahead log would have: from its first change on.</summary>
internal static class StoreLog
{
    public static void Write(IDataDirectory directory, ShardedStore store, long sequence)
    {
        var log = StoreIntegrity.Log(store);
        var script = new LogScript(directory).Skip((int)log.OldestRevision - 1).Segment(sequence);
        using var change = new ChangeBuffer();
        for (var revision = log.OldestRevision; revision <= log.LastRevision; revision++)
        {
            log.Read(revision, change).Should().Be(ChangeReading.Found);
            var length = change.TryGetRecord(out var record) ? record.TotalSize : 0;
            script.Frame(revision, change.Last(ChangeRecord.Size(change.Key.Length, length)).ToArray());
        }

        script.Skip((int)(log.LastRevision - script.Revision)).End(isClean: true).Write(length: 0);
    }
}
