namespace KvStore.Core.Durability;

/// <summary>A directory is no store that this program can open, and nothing in it was changed. The message is one line: the path and why.</summary>
public sealed class StoreRefusedException : IOException
{
    /// <summary>Says why.</summary>
    public StoreRefusedException(string message)
        : base(message)
    {
    }
}
