using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace KvStore.Core.Files;

/// <summary>The lock that makes a directory one process's own, and within it one opening's.</summary>
internal sealed class DirectoryLock : IDisposable
{
    // EWOULDBLOCK: another has the lock.
    private const int HeldOnLinux = 11;
    private const int HeldOnMacOS = 35;

    private const int MostDigits = 20;

    private readonly SafeFileHandle _file;

    private DirectoryLock(SafeFileHandle file) => _file = file;

    /// <summary>Takes it, and leaves this process's id in the file for people.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="opened">The same, open; it is locked as well, until it is closed.</param>
    /// <exception cref="DataDirectoryException">It is held.</exception>
    /// <exception cref="IOException">It cannot be taken.</exception>
    public static DirectoryLock Take(string directory, SafeFileHandle opened)
    {
        var path = Path.Combine(directory, FileNames.Lock);
        var file = OpenLocked(directory, path);
        try
        {
            // .NET goes on without the lock where the file system has none, or a setting says so: here it is certain.
            FileError.ThrowIf(Libc.TryLock(file), path, "could not be locked");

            // Not every file system has locks of directories; then LOCK's has to do.
            if (Libc.TryLock(opened) is HeldOnLinux or HeldOnMacOS)
            {
                throw new DataDirectoryException($"{directory} is in use by another process, though its {FileNames.Lock} is not locked; was that file removed?");
            }

            WriteOwner(file, path);
            return new DirectoryLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Lets go of it. The file stays: removed, it could be locked by one process and made anew by another.</summary>
    public void Dispose() => _file.Dispose();

    private static SafeFileHandle OpenLocked(string directory, string path)
    {
        try
        {
            // FileShare.None is flock(2), and closing is LOCK_UN, so that it is free even if a child still has the descriptor.
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (error.HResult is HeldOnLinux or HeldOnMacOS)
        {
            throw new DataDirectoryException($"{directory} is in use by {ReadOwner(path)}; each store needs a directory of its own.", error);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Create(path, "could not be opened", error);
        }
    }

    // Over what is there, then cut: that takes no space, so that a store can be opened on a disk that it has filled.
    private static void WriteOwner(SafeFileHandle file, string path)
    {
        var owner = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"));
        try
        {
            RandomAccess.Write(file, owner, 0);
            RandomAccess.SetLength(file, owner.Length);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Create(path, "could not be written", error);
        }
    }

    private static string ReadOwner(string path)
    {
        const string Unknown = "another process";
        if (Libc.TryOpen(path, out var file) != 0)
        {
            return Unknown;
        }

        using (file)
        {
            Span<byte> text = stackalloc byte[MostDigits];
            try
            {
                text = text[..RandomAccess.Read(file, text, 0)];
            }
            catch (IOException)
            {
                return Unknown;
            }

            return int.TryParse(text.TrimEnd("\n"u8), NumberStyles.None, CultureInfo.InvariantCulture, out var owner) ? $"process {owner}" : Unknown;
        }
    }
}
