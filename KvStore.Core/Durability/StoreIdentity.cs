using System.Globalization;
using System.Text;
using KvStore.Core.Files;
using KvStore.Core.Records;

namespace KvStore.Core.Durability;

/// <summary>The file STORE, which says whose directory it is: its version and its history (docs/wal-format.md).</summary>
/// <param name="HistoryId">The history that new revisions belong to.</param>
internal sealed record StoreIdentity(Guid HistoryId)
{
    // The file has about 70 bytes: what is much longer is something else.
    private const int MostBytes = 4_096;
    private const string VersionField = "kvstore ";
    private const string HistoryField = "history ";
    private const string ChecksumField = "crc32c ";

    /// <summary>Reads the identity of a directory, and tells a store from what is none yet.</summary>
    /// <returns>Null where no store is there: nothing but what an interrupted making may have left, which <see cref="Clear"/> removes.</returns>
    /// <exception cref="DataDirectoryException">It belongs to something else, or to a newer KvStore.</exception>
    /// <exception cref="StoreDamagedException">STORE is damaged, or missing beside files with content.</exception>
    public static StoreIdentity? Find(IDataDirectory directory)
    {
        var names = directory.List();
        if (names.Contains(LogFormat.IdentityName, StringComparer.Ordinal))
        {
            return Read(directory);
        }

        foreach (var name in names)
        {
            if (LogFormat.IsUnfinished(name))
            {
                continue;
            }

            var isSegment = LogFormat.TryParseSegment(name, out var sequence);
            if (LogFormat.TryParseSnapshot(name, out _) || (isSegment && HasFrame(directory, sequence)))
            {
                throw new StoreDamagedException(directory.Path, LogFormat.IdentityName, 0, $"it is missing, but '{name}' holds a store's content");
            }

            if (!isSegment)
            {
                throw Foreign(directory.Path, name);
            }
        }

        return null;
    }

    /// <summary>Removes what an interrupted making left: only where <see cref="Find"/> has found no store.</summary>
    public static void Clear(IDataDirectory directory)
    {
        foreach (var name in directory.List())
        {
            if (LogFormat.IsFinished(name) || LogFormat.IsUnfinished(name))
            {
                directory.Delete(name);
            }
        }

        directory.SyncNames();
    }

    /// <summary>Writes STORE, durably and at one moment.</summary>
    public static void Write(IDataDirectory directory, Guid historyId)
    {
        const string Unfinished = LogFormat.IdentityName + LogFormat.Unfinished;
        if (directory.List().Contains(Unfinished, StringComparer.Ordinal))
        {
            directory.Delete(Unfinished);
        }

        using (var file = directory.Create(Unfinished))
        {
            file.Write(0, Encode(LogFormat.Version, historyId));
            file.Sync();
        }

        directory.Rename(Unfinished, LogFormat.IdentityName);
        directory.SyncNames();
    }

    /// <summary>The bytes of a STORE.</summary>
    internal static byte[] Encode(uint version, Guid historyId)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{VersionField}{version}\n{HistoryField}{historyId:n}\n");
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{text}{ChecksumField}{Crc32C.Of(Encoding.ASCII.GetBytes(text)):x8}\n"));
    }

    private static StoreIdentity Read(IDataDirectory directory)
    {
        using var file = directory.OpenRead(LogFormat.IdentityName);
        var bytes = new byte[(int)Math.Min(file.Length, MostBytes)];
        var text = Encoding.ASCII.GetString(bytes, 0, file.Read(0, bytes));

        // The version comes first and for itself: a newer one may have other lines.
        if (text.StartsWith(VersionField, StringComparison.Ordinal)
            && uint.TryParse(text.AsSpan(VersionField.Length..Math.Max(VersionField.Length, text.IndexOf('\n', StringComparison.Ordinal))),
                NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            && version > LogFormat.Version)
        {
            throw NewerVersion(directory.Path, version);
        }

        var fields = text.Split('\n');
        if (fields is [_, var history, _, ""]
            && history.StartsWith(HistoryField, StringComparison.Ordinal)
            && Guid.TryParseExact(history.AsSpan(HistoryField.Length), "n", out var historyId)
            && text == Encoding.ASCII.GetString(Encode(LogFormat.Version, historyId)))
        {
            return new StoreIdentity(historyId);
        }

        throw new StoreDamagedException(directory.Path, LogFormat.IdentityName, 0, "its lines are not those of a store, or do not fit their checksum");
    }

    /// <summary>Says that a file is of a version that this program does not know.</summary>
    internal static DataDirectoryException NewerVersion(string path, uint version) => new(string.Create(
        CultureInfo.InvariantCulture, $"{path} was written by a newer KvStore: its format is version {version}, this one reads {LogFormat.Version}."));

    /// <summary>Says that a directory belongs to something else.</summary>
    internal static DataDirectoryException Foreign(string path, string name) =>
        new($"{path} holds files that are not KvStore's, such as '{name}': it was left as it is.");

    /// <summary>Whether a segment holds anything but what the making of a store puts there: a header and an end.</summary>
    private static bool HasFrame(IDataDirectory directory, long sequence)
    {
        using var segment = SegmentReader.TryOpen(directory, sequence);
        if (segment is null)
        {
            using var file = directory.OpenRead(LogFormat.SegmentName(sequence));
            return file.Length > LogFormat.HeaderBytes + LogFormat.FrameBytes;
        }

        return (segment.TryRead(revision: 0, out _, out var change) && !change.IsEmpty)
            || FrameScan.Run(segment, segment.Offset, last: 0).Frames > 0;
    }
}
