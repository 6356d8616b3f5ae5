namespace KvStore.Core.Durability;

/// <summary>A file of a store is not as it was written, and what it held may have been acknowledged: the store does not start.</summary>
/// <remarks>The message is one line for the person who runs it: the file, where in it, what is wrong, and what can be done.</remarks>
public sealed class StoreDamagedException : IOException
{
    /// <summary>Says where and what.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="file">The name of the damaged file in it.</param>
    /// <param name="offset">Where in the file, in bytes.</param>
    /// <param name="what">What is wrong: a sentence without its full stop.</param>
    public StoreDamagedException(string directory, string file, long offset, string what)
        : base($"{Path.Combine(directory, file)} is damaged at byte {offset}: {what}. 'kvstore verify {directory}' shows all of it, "
            + $"'kvstore repair {directory} --truncate' gives up what comes after it, or restore a backup.")
    {
        File = file;
        Offset = offset;
        What = what;
    }

    /// <summary>The damaged file's name.</summary>
    public string File { get; }

    /// <summary>Where in the file, in bytes.</summary>
    public long Offset { get; }

    /// <summary>What is wrong.</summary>
    public string What { get; }
}
