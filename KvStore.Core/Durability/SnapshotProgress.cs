namespace KvStore.Core.Durability;

/// <summary>A snapshot that was written.</summary>
/// <param name="Revision">Every change up to this one is in it: segments that hold nothing after it are needless now.</param>
/// <param name="LastRevision">The last revision that a record in it can have.</param>
/// <param name="Records">How many records it has.</param>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record SnapshotResult(long Revision, long LastRevision, long Records, long Bytes, TimeSpan Duration);

/// <summary>How far a snapshot has come. Safe to read from any thread.</summary>
internal sealed class SnapshotProgress
{
    private long _records;
    private long _bytes;
    private long _keys;

    /// <summary>Records written so far.</summary>
    public long Records => Volatile.Read(ref _records);

    /// <summary>Bytes written so far.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>About how much has been written, from 0 to 100.</summary>
    public double Percent => Volatile.Read(ref _keys) is > 0 and var keys ? Math.Min(100, 100.0 * Records / keys) : 0;

    /// <summary>Begins again, for about so many keys.</summary>
    internal void Start(long keys)
    {
        Volatile.Write(ref _records, 0);
        Volatile.Write(ref _bytes, 0);
        Volatile.Write(ref _keys, keys);
    }

    /// <summary>Says how far it is.</summary>
    internal void Reach(long records, long bytes)
    {
        Volatile.Write(ref _records, records);
        Volatile.Write(ref _bytes, bytes);
    }
}
