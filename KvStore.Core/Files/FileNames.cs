namespace KvStore.Core.Files;

/// <summary>The names that files of a data directory may have.</summary>
internal static class FileNames
{
    /// <summary>The file whose lock says that a directory is in use. No file of the store: it is not listed, opened, renamed or removed.</summary>
    public const string Lock = "LOCK";

    /// <summary>Refuses a name that would lead out of the directory, or is not a file's.</summary>
    /// <exception cref="ArgumentException">It does.</exception>
    public static void Check(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name is "." or ".." or Lock || name.AsSpan().ContainsAny('/', '\\', '\0'))
        {
            throw new ArgumentException($"'{name}' cannot be the name of a data file.", nameof(name));
        }
    }
}
