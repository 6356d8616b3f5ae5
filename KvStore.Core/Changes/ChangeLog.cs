using System.Runtime.InteropServices;
using KvStore.Core.Errors;

namespace KvStore.Core.Changes;

/// <summary>Every change of a store in revision order: a window of the latest, which any number of readers follow.</summary>
/// <remarks>
/// <para>A ring of bytes holds the changes, a ring of slots tells where each lies. A writer takes revision, slot and bytes in one step
/// (<see cref="Reserve"/>), copies its change in without any lock, and publishes it. Readers keep their own position and are unknown to the
/// log: an append costs the same with none and with ten thousand. Who reads too slowly finds that the change is gone.</para>
/// <para>Readers copy out and then check that the place was not given to another meanwhile, as a seqlock's readers do. A place is given away only
/// when what it holds has been published, so that no two writers ever write to the same bytes; and read by the journal, where there is one.</para>
/// <para>Thread safety: every member may be called from any thread. A reservation must be published, and by the one who made it: readers
/// never pass one that is not.</para>
/// </remarks>
internal sealed partial class ChangeLog
{
    private readonly Lock _gate = new();
    private readonly Pulse _released = new();
    private readonly Entry[] _entries;
    private readonly byte[] _ring;

    // The window is from the tail to the head. Written under the gate.
    private long _head;
    private long _tail;
    private long _last;
    private long _oldest = 1;

    private long _publishedRevision;


    /// <summary>Makes an empty log.</summary>
    public ChangeLog(ChangeLogLimits? limits = null)
    {
        limits ??= new ChangeLogLimits();
        _ring = GC.AllocateUninitializedArray<byte>(limits.WindowBytes);
        _entries = new Entry[limits.WindowRecords];
    }

    /// <summary>The last revision taken; 0 before the first. Its change may not be published yet.</summary>
    public long LastRevision => Volatile.Read(ref _last);

    /// <summary>The oldest revision whose change is still held; one more than the last where there is none.</summary>
    public long OldestRevision => Volatile.Read(ref _oldest);

    /// <summary>Bytes of the changes held.</summary>
    public long WindowBytes
    {
        get
        {
            lock (_gate)
            {
                return _head - _tail;
            }
        }
    }

    /// <summary>The most changes that are held.</summary>
    public int Capacity => _entries.Length;

    /// <summary>The most bytes that one reservation may ask for.</summary>
    public int MaxBytes => _ring.Length / 2;

    /// <summary>The most revisions that one reservation may ask for.</summary>
    public int MaxCount => _entries.Length / 2;

    /// <summary>The revision up to which every change is published, and so is in the store, and may be told to anyone.</summary>
    public long PublishedRevision
    {
        get
        {
            var known = Volatile.Read(ref _publishedRevision);
            var published = Math.Max(known, OldestRevision - 1);
            while (IsPublished(published + 1))
            {
                published++;
            }

            while (published > known)
            {
                var seen = Interlocked.CompareExchange(ref _publishedRevision, published, known);
                known = seen == known ? published : seen;
            }

            return Math.Min(known, Volatile.Read(ref _ceiling));
        }
    }

    /// <summary>Takes the next revisions, and the place for their changes, in one step.</summary>
    /// <param name="count">How many revisions; at most <see cref="MaxCount"/>.</param>
    /// <param name="bytes">Bytes of all changes, each as <see cref="ChangeRecord.Size"/> says; at most <see cref="MaxBytes"/>.</param>
    /// <param name="slot">The first revision, and its place.</param>
    /// <returns><see cref="ErrorCode.None"/>, or what the journal says; then nothing has been taken.</returns>
    /// <remarks>Waits for nobody but a writer who has not published what lay there one whole window ago, and a journal that has not read it.</remarks>
    public ErrorCode Reserve(int count, int bytes, out ChangeSlot slot)
    {
        lock (_gate)
        {
            slot = new ChangeSlot(_last + 1, _head);
            var error = _journal?.TryTake(count, bytes) ?? ErrorCode.None;
            if (error != ErrorCode.None)
            {
                return error;
            }

            MakeRoom(_head + bytes - _ring.Length, _last + count - _entries.Length);
            _head += bytes;
            Volatile.Write(ref _last, _last + count);
            return ErrorCode.None;
        }
    }

    /// <summary>Writes a change to its place, and lets readers see it.</summary>
    public void Append(in ChangeSlot slot, ChangeKind kind, long timestamp, ReadOnlySpan<byte> key, ReadOnlySpan<byte> record)
    {
        Write(slot, kind, hasMore: false, timestamp, key, record);
        Publish(slot, ChangeRecord.Size(key.Length, record.Length));
    }

    /// <summary>Fills a place whose write has failed: readers pass over it.</summary>
    public void AppendNothing(in ChangeSlot slot) => Append(slot, ChangeKind.None, timestamp: 0, key: default, record: default);

    /// <summary>Writes a change to its place, where no reader looks before it is published.</summary>
    /// <param name="slot">Its place.</param>
    /// <param name="kind">What happened.</param>
    /// <param name="hasMore">Whether the next revision belongs to the same atomic batch.</param>
    /// <param name="timestamp">When, in Unix milliseconds.</param>
    /// <param name="key">The key.</param>
    /// <param name="record">The record that was written; nothing but where the key was set.</param>
    public void Write(
        in ChangeSlot slot, ChangeKind kind, bool hasMore, long timestamp, ReadOnlySpan<byte> key, ReadOnlySpan<byte> record)
    {
        Span<byte> header = stackalloc byte[ChangeRecord.HeaderBytes];
        ChangeRecord.WriteHeader(header, key.Length, kind, hasMore, timestamp);
        CopyIn(slot.Position, header);
        CopyIn(slot.Position + header.Length, key);
        CopyIn(slot.Position + header.Length + key.Length, record);
    }

    /// <summary>Lets readers see a change that has been written. Of a group the last is published first: then they see all or none.</summary>
    /// <param name="slot">Its place.</param>
    /// <param name="length">Its bytes.</param>
    public void Publish(in ChangeSlot slot, int length)
    {
        ref var entry = ref EntryOf(slot.Revision);
        (entry.Position, entry.Length) = (slot.Position, length);

        // With a full fence, as who waits for it needs.
        Interlocked.Exchange(ref entry.Mark, (uint)slot.Revision);
        _published.Happen();
        if (_ceiling == long.MaxValue)
        {
            _released.Happen();
        }
    }

    /// <summary>Copies a change out.</summary>
    /// <param name="revision">Its revision, from 1.</param>
    /// <param name="change">Receives it, in place of what it held.</param>
    /// <param name="isKeyEnough">Whether the record may be left out.</param>
    public ChangeReading Read(long revision, ChangeBuffer change, bool isKeyEnough = false)
    {
        ref var entry = ref EntryOf(revision);
        if (Volatile.Read(ref entry.Mark) != (uint)revision || revision > Volatile.Read(ref _ceiling))
        {
            return revision < OldestRevision ? ChangeReading.Gone : ChangeReading.NotYet;
        }

        var (position, length) = (entry.Position, entry.Length);
        if ((uint)length <= (uint)MaxBytes)
        {
            Copy(position, length, change, isKeyEnough);
        }

        Volatile.ReadBarrier();
        return revision < OldestRevision ? ChangeReading.Gone : ChangeReading.Found;
    }

    /// <summary>Whether a change is among the oldest quarter of the window, or gone.</summary>
    public bool IsLeaving(long revision)
    {
        ref var entry = ref EntryOf(revision);
        return LastRevision - revision > _entries.Length / 4 * 3
            || (Volatile.Read(ref entry.Mark) == (uint)revision && Volatile.Read(ref _head) - entry.Position > _ring.Length / 4 * 3L)
            || revision < OldestRevision;
    }

    /// <summary>Completes when a change after <paramref name="revision"/> may be there to read; who waits looks, and waits again.</summary>
    public Task WaitBeyondAsync(long revision)
    {
        var next = _released.Next();
        return PublishedRevision > revision ? Task.CompletedTask : next;
    }

    private void MakeRoom(long tail, long oldest)
    {
        var spin = default(SpinWait);
        while (_tail < tail || _oldest <= oldest)
        {
            ref var entry = ref EntryOf(_oldest);
            while (Volatile.Read(ref entry.Mark) != (uint)_oldest)
            {
                spin.SpinOnce();
            }

            if (_journal is { } journal && journal.Position < _oldest)
            {
                journal.WaitUntilRead(_oldest);
            }

            _tail = entry.Position + entry.Length;
            Volatile.Write(ref _oldest, _oldest + 1);
        }

        // Readers must see that it is gone before they can see what is written over it.
        Volatile.WriteBarrier();
    }

    private void Copy(long position, int length, ChangeBuffer change, bool isKeyEnough)
    {
        var header = change.Begin(ChangeRecord.HeaderBytes);
        CopyOut(position, header);
        var wanted = isKeyEnough ? ChangeRecord.KeyEnd(header, length) : length;
        CopyOut(position, change.Begin(wanted));
    }

    private void CopyIn(long position, ReadOnlySpan<byte> bytes)
    {
        var start = OffsetOf(position);
        var first = Math.Min(bytes.Length, _ring.Length - start);
        bytes[..first].CopyTo(_ring.AsSpan(start));
        bytes[first..].CopyTo(_ring);
    }

    private void CopyOut(long position, Span<byte> destination)
    {
        var start = OffsetOf(position);
        var first = Math.Min(destination.Length, _ring.Length - start);
        _ring.AsSpan(start, first).CopyTo(destination);
        _ring.AsSpan(0, destination.Length - first).CopyTo(destination[first..]);
    }

    private bool IsPublished(long revision) => Volatile.Read(ref EntryOf(revision).Mark) == (uint)revision;

    private ref Entry EntryOf(long revision) => ref _entries[revision & (_entries.Length - 1)];

    private int OffsetOf(long position) => (int)(position & (_ring.Length - 1));

    /// <summary>Where a change lies. The mark is its revision's lower half: set last, so that what it tells is complete.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public long Position;
        public int Length;
        public uint Mark;
    }
}

/// <summary>The answer to a reader of a <see cref="ChangeLog"/>.</summary>
internal enum ChangeReading
{
    /// <summary>The change was read.</summary>
    Found,

    /// <summary>It has not been published yet.</summary>
    NotYet,

    /// <summary>It has left the window.</summary>
    Gone,
}
