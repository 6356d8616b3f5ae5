using System.Runtime.Versioning;

namespace KvStore.Core.Files;

/// <summary>Makes and renames directories so that a power cut does not undo it.</summary>
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

    /// <summary>Gives a directory another name beside its old one, at one moment; an empty directory that has it already is replaced.</summary>
    /// <exception cref="IOException">It cannot have it.</exception>
    public static void Rename(string from, string to)
    {
        FileError.ThrowIf(Libc.TryRename(from, to), from, $"could not be renamed to {to}");
        SyncNames(Path.GetDirectoryName(to)!);
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
