using System.Runtime.Versioning;

namespace KvStore.Core.Files;

/// <summary>Makes a directory, and those above it, so that a power cut does not take them away.</summary>
internal static class DirectoryMaker
{
    // What is stored is no business of other users.
    private const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    /// <summary>Makes what is missing of <paramref name="path"/>, which is absolute.</summary>
    /// <exception cref="DataDirectoryException">It is a file.</exception>
    /// <exception cref="IOException">It cannot be made.</exception>
    [UnsupportedOSPlatform("windows")]
    public static void Make(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        if (File.Exists(path))
        {
            throw new DataDirectoryException($"{path} is a file; a store needs a directory.");
        }

        var parent = Path.GetDirectoryName(path)!;
        Make(parent);
        try
        {
            Directory.CreateDirectory(path, Mode);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Create(path, "could not be made", error);
        }

        SyncNames(parent);
    }

    private static void SyncNames(string directory)
    {
        FileError.ThrowIf(Libc.TryOpen(directory, out var handle), directory, "could not be opened");
        using (handle)
        {
            FileError.ThrowIf(Libc.Sync(handle), directory, "could not be synced");
        }
    }
}
