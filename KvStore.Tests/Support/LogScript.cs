using System.Buffers;
using System.Text;
using KvStore.Core.Changes;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Core.Records;
using Record = KvStore.Core.Records.Record;

namespace KvStore.Tests.Support;

/// <summary>Writes the files of a store as docs/wal-format.md says, change by change, and keeps what the store has to be after each.</summary>
internal sealed class LogScript(IDataDirectory directory)
{
    public static readonly Guid History = Guid.Parse("0123456789abcdef0123456789abcdef");

    private readonly List<byte> _bytes = [];
    private readonly Dictionary<string, StoredValue> _state = new(StringComparer.Ordinal);
    private FrameFlags _flags;
    private uint _salt;
    private long _sequence;
    private bool _isAlways;

    /// <summary>What the store holds after each revision, from 0; after the parts of a batch, as if there were none of it.</summary>
    public List<IReadOnlyDictionary<string, StoredValue>> States { get; } = [new Dictionary<string, StoredValue>(StringComparer.Ordinal)];

    /// <summary>The last revision.</summary>
    public long Revision { get; private set; }

    /// <summary>Where each frame ends, in its segment.</summary>
    public List<int> Ends { get; } = [];

    /// <summary>Writes STORE.</summary>
    public LogScript Store()
    {
        StoreIdentity.Write(directory, History);
        return this;
    }

    /// <summary>Begins a segment, which says how long its file is; or does not.</summary>
    public LogScript Segment(long sequence, bool isAlways = true, long length = 0)
    {
        (_sequence, _salt, _isAlways) = (sequence, (uint)sequence * 0x9E37_79B9, isAlways);
        _bytes.Clear();
        Ends.Clear();
        var header = new byte[LogFormat.HeaderBytes];
        new SegmentHeader(LogFormat.Version, sequence, _salt, History, _isAlways, CreatedAt: 1_767_225_600_000, length).Write(header);
        _bytes.AddRange(header);
        return this;
    }

    /// <summary>Lets the next frame say that all before it was synced.</summary>
    public LogScript Synced()
    {
        _flags = FrameFlags.SyncedBefore;
        return this;
    }

    public LogScript Set(string key, string value, bool more = false, string? contentType = null, long expiresAt = 0)
    {
        var code = ContentTypes.Encode(contentType);
        var bytes = Encoding.UTF8.GetBytes(value);
        var record = new byte[Record.Size(bytes.Length, code, expiresAt)];
        Record.Write(record, Revision + 1, new ReadOnlySequence<byte>(bytes), code, expiresAt);
        _state[key] = new StoredValue(Revision + 1, value, contentType ?? ContentTypes.Default, expiresAt);
        return Change(ChangeKind.Set, key, record, more);
    }

    public LogScript Delete(string key, bool more = false, ChangeKind kind = ChangeKind.Delete)
    {
        _state.Remove(key);
        return Change(kind, key, [], more);
    }

    /// <summary>A revision whose write failed.</summary>
    public LogScript Nothing() => Change(ChangeKind.None, "", [], more: false);

    /// <summary>Any bytes where a frame would be.</summary>
    public LogScript Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>A change's frame of any content.</summary>
    public LogScript Frame(long revision, byte[] change, FrameFlags flags = FrameFlags.None)
    {
        var head = new byte[LogFormat.FrameBytes];
        Core.Durability.Frame.Write(head, _salt, flags | _flags, revision, change);
        _flags = FrameFlags.None;
        _bytes.AddRange(head);
        _bytes.AddRange(change);
        Ends.Add(_bytes.Count);
        return this;
    }

    public LogScript End(bool isClean = false) => Frame(Revision, [], isClean ? FrameFlags.CleanStop : FrameFlags.None);

    /// <summary>Takes the next revisions for what is lost.</summary>
    public LogScript Skip(int revisions)
    {
        for (; revisions > 0; revisions--)
        {
            Revision++;
            States.Add(States[^1]);
        }

        return this;
    }

    /// <summary>The bytes of the segment so far.</summary>
    public byte[] Bytes() => [.. _bytes];

    /// <summary>Writes the segment's file, with zeros to the length; what is beyond <paramref name="cut"/> is zeros, too.</summary>
    public LogScript Write(int length = 4_096, int cut = int.MaxValue)
    {
        var bytes = new byte[Math.Max(length, _bytes.Count)];
        _bytes.Take(cut).ToArray().CopyTo(bytes, 0);
        DirectoryBytes.Put(directory, LogFormat.SegmentName(_sequence), bytes);
        return this;
    }

    private LogScript Change(ChangeKind kind, string key, byte[] record, bool more)
    {
        Revision++;
        var keyBytes = Encoding.UTF8.GetBytes(key);
        var change = new byte[ChangeRecord.Size(keyBytes.Length, record.Length)];
        ChangeRecord.WriteHeader(change.AsSpan(0, ChangeRecord.HeaderBytes), keyBytes.Length, kind, more, 1_767_225_600_000 + Revision);
        keyBytes.CopyTo(change, ChangeRecord.HeaderBytes);
        record.CopyTo(change, ChangeRecord.HeaderBytes + keyBytes.Length);
        States.Add(more ? States[^1] : new Dictionary<string, StoredValue>(_state, StringComparer.Ordinal));
        return Frame(Revision, change);
    }
}

/// <summary>What a store has under a key.</summary>
internal sealed record StoredValue(long Revision, string Value, string ContentType, long ExpiresAt);
