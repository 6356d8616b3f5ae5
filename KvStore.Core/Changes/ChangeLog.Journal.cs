namespace KvStore.Core.Changes;

/// <content>What the journal needs, which writes the changes down, and the revision up to which it lets readers have them.</content>
internal sealed partial class ChangeLog
{
    private readonly Pulse _published = new();

    // Up to where readers may read.
    private long _ceiling = long.MaxValue;
    private IJournal? _journal;

    /// <summary>Has a journal write down what comes from now on.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="isHeldBack">Whether readers get changes only when they have been <see cref="Release">released</see>.</param>
    /// <remarks>To be called before the first change.</remarks>
    public void Attach(IJournal journal, bool isHeldBack)
    {
        _ceiling = isHeldBack ? LastRevision : long.MaxValue;
        _journal = journal;
    }

    /// <summary>Lets readers have the changes up to a revision.</summary>
    public void Release(long revision)
    {
        Interlocked.Exchange(ref _ceiling, revision);
        _released.Happen();
    }

    /// <summary>As <see cref="WaitBeyondAsync"/>, for the journal: what has not been released counts.</summary>
    public Task WaitBeyondForJournalAsync(long revision)
    {
        var next = _published.Next();
        return IsPublished(revision + 1) ? Task.CompletedTask : next;
    }

    /// <summary>Views a change where it lies, in one or two pieces, released or not; false where it has not been published.</summary>
    /// <remarks>For the journal alone, up to its <see cref="IJournal.Position"/>: the place is not given away before that has passed it.</remarks>
    public bool TryView(long revision, out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> second)
    {
        first = default;
        second = default;
        if (!IsPublished(revision))
        {
            return false;
        }

        ref var entry = ref EntryOf(revision);
        var start = OffsetOf(entry.Position);
        first = _ring.AsSpan(start, Math.Min(entry.Length, _ring.Length - start));
        second = _ring.AsSpan(0, entry.Length - first.Length);
        return true;
    }
}
