using System.Runtime.InteropServices;
using KvStore.Core.Changes;
using KvStore.Core.Records;

namespace KvStore.Core.Durability;

/// <summary>Some changes on their way from a log to a store.</summary>
/// <remarks>Filled by one thread, then read by several at once, then used again.</remarks>
internal sealed class ChangeBlock
{
    // What one long change took is not kept for the short ones after it.
    private const int MostKeptBytes = 4 * 1_024 * 1_024;

    private byte[] _bytes = [];
    private Entry[] _entries = [];
    private int _added;
    private int _addedBytes;
    private int _committed;
    private int _readers;

    /// <summary>Bytes of keys and records in it.</summary>
    public int Bytes => _addedBytes;

    /// <summary>The changes, in the order of their revisions, that were committed.</summary>
    public ReadOnlySpan<Entry> Entries => _entries.AsSpan(0, _committed);

    /// <summary>Adds a change; it counts when it is committed.</summary>
    public void Add(long revision, in LoggedChange change)
    {
        if (change.Kind == ChangeKind.None)
        {
            return;
        }

        if (_added == _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(1_024, _added * 2));
        }

        var length = change.Key.Length + change.Record.Length;
        if (length > _bytes.Length - _addedBytes)
        {
            Array.Resize(ref _bytes, checked((int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, (long)_addedBytes + length + 4_096))));
        }

        change.Key.CopyTo(_bytes.AsSpan(_addedBytes));
        change.Record.CopyTo(_bytes.AsSpan(_addedBytes + change.Key.Length));
        _entries[_added++] = new Entry(revision, KeyHash.Of(change.Key), _addedBytes, change.Key.Length, change.Record.Length);
        _addedBytes += length;
    }

    /// <summary>Makes all that was added count.</summary>
    public void Commit() => _committed = _added;

    /// <summary>Gives it to so many readers.</summary>
    public void Begin(int readers) => _readers = readers;

    /// <summary>Says that a reader has done with it; true for the last, when it is empty again.</summary>
    public bool IsDoneByAll()
    {
        if (Interlocked.Decrement(ref _readers) > 0)
        {
            return false;
        }

        (_added, _addedBytes, _committed) = (0, 0, 0);
        if (_bytes.Length > MostKeptBytes)
        {
            _bytes = [];
        }

        return true;
    }

    /// <summary>A change's key.</summary>
    public ReadOnlySpan<byte> Key(in Entry entry) => _bytes.AsSpan(entry.Offset, entry.KeyLength);

    /// <summary>A change's record; empty where the key was deleted.</summary>
    public ReadOnlySpan<byte> Record(in Entry entry) => _bytes.AsSpan(entry.Offset + entry.KeyLength, entry.RecordLength);

    /// <summary>Where a change lies.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Entry(long Revision, int Hash, int Offset, int KeyLength, int RecordLength);
}
