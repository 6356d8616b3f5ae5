using KvStore.Core.Durability;
using KvStore.Core.Files;

namespace KvStore.Tests.Support;

/// <summary>What a reader makes of a log.</summary>
/// <param name="End">How it ends.</param>
/// <param name="Revisions">The revisions that were given away, and count.</param>
internal sealed record ReadLog(LogEnd End, IReadOnlyList<long> Revisions)
{
    /// <summary>Reads the log of a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="after">The revision whose changes, and all before them, are not needed.</param>
    public static ReadLog Of(IDataDirectory directory, long after = 0)
    {
        var sink = new Sink();
        return new ReadLog(new LogReader(directory, after, sink).Read(), sink.Committed);
    }

    private sealed class Sink : ILogSink
    {
        private readonly List<long> _added = [];

        public List<long> Committed { get; } = [];

        public void Add(long revision, in LoggedChange change) => _added.Add(revision);

        public void Commit()
        {
            Committed.AddRange(_added);
            _added.Clear();
        }
    }
}
