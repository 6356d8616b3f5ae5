namespace KvStore.Core.Changes;

/// <content>Going on from an earlier life of the store.</content>
internal sealed partial class ChangeLog
{
    /// <summary>Has the log begin after a revision, as if all changes up to it had been published and had left the window.</summary>
    /// <remarks>Before anyone else uses the log.</remarks>
    public void StartAt(long revision)
    {
        lock (_gate)
        {
            // A mark is half a revision: that of an entry which was never used must not be taken for the one to come.
            for (var next = revision + 1; next <= revision + _entries.Length; next++)
            {
                EntryOf(next).Mark = ~(uint)next;
            }

            _tail = _head;
            Volatile.Write(ref _last, revision);
            Volatile.Write(ref _oldest, revision + 1);
            Volatile.Write(ref _publishedRevision, revision);
        }
    }
}
