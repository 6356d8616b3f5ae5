using KvStore.Core.Changes;
using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>Puts a log's last changes back into the window of the change log: watchers go on after a restart where they were.</summary>
internal sealed class WindowRefill : ILogSink
{
    private readonly ChangeLog _changes;

    private WindowRefill(ChangeLog changes) => _changes = changes;

    /// <summary>Does it, for as many changes as the window and the log have.</summary>
    /// <param name="directory">The data directory, which has been recovered.</param>
    /// <param name="changes">The change log, which nobody uses yet; it ends with the log's last revision, before and after.</param>
    /// <param name="after">The revision after which the log has everything.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="IOException">A segment could not be read.</exception>
    public static void Run(IDataDirectory directory, ChangeLog changes, long after, CancellationToken cancellationToken = default)
    {
        var last = changes.LastRevision;
        after = Math.Max(after, last - changes.Capacity);
        changes.StartAt(after);
        new LogReader(directory, after, new WindowRefill(changes), cancellationToken: cancellationToken).Read();
        if (changes.LastRevision != last)
        {
            changes.StartAt(last);
        }
    }

    /// <inheritdoc />
    public void Add(long revision, in LoggedChange change)
    {
        var size = ChangeRecord.Size(change.Key.Length, change.Record.Length);
        if (size > _changes.MaxBytes)
        {
            // Written when values could be longer: it and all before it stay out.
            _changes.StartAt(revision);
            return;
        }

        _changes.Reserve(1, size, out var slot);
        _changes.Write(slot, change.Kind, change.HasMore, change.Timestamp, change.Key, change.Record);
        _changes.Publish(slot, size);
    }

    /// <inheritdoc />
    public void Commit()
    {
        // Nobody reads yet: what is added is seen as a whole in any case.
    }
}
