namespace KvStore.Core.Store;

/// <summary>What must hold of a key's current revision for a write to be carried out.</summary>
/// <remarks>Checked in the same step as the write: no other write of the key comes between.</remarks>
public readonly struct WriteCondition
{
    private readonly Kind _kind;
    private readonly long _revision;
    private readonly long[]? _revisions;

    private WriteCondition(Kind kind, long revision = 0, long[]? revisions = null)
    {
        _kind = kind;
        _revision = revision;
        _revisions = revisions;
    }

    private enum Kind : byte
    {
        None,
        Revision,
        AnyRevision,
        NoRevision,
        Exists,
    }

    /// <summary>No condition: the write is always carried out.</summary>
    public static WriteCondition None => default;

    /// <summary>The key must not exist.</summary>
    public static WriteCondition Absent => Is(0);

    /// <summary>The key must exist, at any revision.</summary>
    public static WriteCondition Exists => new(Kind.Exists);

    /// <summary>Whether there is no condition.</summary>
    public bool IsNone => _kind == Kind.None;

    /// <summary>The key must be at <paramref name="revision"/>; 0 = it must not exist.</summary>
    public static WriteCondition Is(long revision) => new(Kind.Revision, revision);

    /// <summary>The key must be at one of <paramref name="revisions"/>.</summary>
    public static WriteCondition IsAnyOf(long[] revisions) => new(Kind.AnyRevision, revisions: revisions);

    /// <summary>The key must be at none of <paramref name="revisions"/>; it may be missing.</summary>
    public static WriteCondition IsNoneOf(long[] revisions) => new(Kind.NoRevision, revisions: revisions);

    /// <summary>Whether the condition holds for a key at <paramref name="current"/>; 0 = the key does not exist.</summary>
    internal bool Holds(long current) => _kind switch
    {
        Kind.None => true,
        Kind.Revision => current == _revision,
        Kind.AnyRevision => _revisions.AsSpan().Contains(current),
        Kind.NoRevision => !_revisions.AsSpan().Contains(current),
        Kind.Exists => current != 0,
        _ => false,
    };
}
