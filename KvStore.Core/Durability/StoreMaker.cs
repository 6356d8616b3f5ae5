using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>Makes a store in a directory that has none: as one that is empty and was stopped in good order.</summary>
internal static class StoreMaker
{
    /// <summary>Makes it. STORE comes last: an interrupted making is done again from the beginning.</summary>
    public static void Make(IDataDirectory directory, TimeProvider time)
    {
        StoreIdentity.Clear(directory);
        var history = Guid.NewGuid();
        var salt = BitConverter.ToUInt32(history.ToByteArray());
        var header = new SegmentHeader(LogFormat.Version, Sequence: 1, salt, history, IsAlways: true, time.GetUtcNow().ToUnixTimeMilliseconds());
        var bytes = new byte[LogFormat.HeaderBytes + LogFormat.FrameBytes];
        header.Write(bytes.AsSpan(0, LogFormat.HeaderBytes));
        Frame.Write(bytes.AsSpan(LogFormat.HeaderBytes), salt, FrameFlags.CleanStop | FrameFlags.SyncedBefore, revision: 0, default);
        using (var file = directory.Create(LogFormat.SegmentName(1)))
        {
            file.Write(0, bytes);
            file.Sync();
        }

        directory.SyncNames();
        StoreIdentity.Write(directory, history);
    }

    /// <summary>Refuses a directory of something else before anything in it is touched, its lock included.</summary>
    /// <exception cref="DataDirectoryException">It is such a directory.</exception>
    public static void Refuse(string path)
    {
        if (!Directory.Exists(path) || File.Exists(Path.Combine(path, LogFormat.IdentityName)))
        {
            return;
        }

        var foreign = Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)
            .FirstOrDefault(name => !LogFormat.IsOwnName(name));
        if (foreign is not null)
        {
            throw StoreIdentity.Foreign(path, foreign);
        }
    }
}
