namespace KvStore.Tests.Faults;

/// <summary>What can be asked of a disk, and so fail.</summary>
internal enum DiskOperation
{
    /// <summary>Changes nothing, so it is no point to cut the power at.</summary>
    Read,
    Write,
    SetLength,
    Sync,
    SyncNames,
    Create,
    Rename,
    Delete,
}

/// <summary>What is wrong with a disk for good: planted, to see that the tests find it.</summary>
[Flags]
internal enum DiskFlaws
{
    None = 0,

    /// <summary>A sync of bytes succeeds, and they stay unsynced.</summary>
    SyncDoesNothing = 1,

    /// <summary>A sync of names succeeds, and they stay unsynced.</summary>
    SyncNamesDoesNothing = 2,

    /// <summary>A sync that fails says that it succeeded; what it was to keep is lost as ever.</summary>
    SyncErrorsIgnored = 4,
}
