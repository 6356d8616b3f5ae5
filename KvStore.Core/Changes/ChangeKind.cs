namespace KvStore.Core.Changes;

/// <summary>What a change did to its key.</summary>
public enum ChangeKind : byte
{
    /// <summary>Nothing: a write took the revision and then failed.</summary>
    None = 0,

    /// <summary>The key was set.</summary>
    Set = 1,

    /// <summary>The key was deleted.</summary>
    Delete = 2,

    /// <summary>The key expired.</summary>
    Expire = 3,
}
