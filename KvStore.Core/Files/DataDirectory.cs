using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace KvStore.Core.Files;

/// <summary>A directory on a disk, which belongs to one process at a time.</summary>
/// <remarks>
/// <para>It belongs to who holds the lock of the file LOCK in it, and, where there is such a thing, of the directory itself, as LOCK may be removed:
/// flock(2), which the system lets go of when the process ends, however it ends.</para>
/// <para>Safe for any number of threads.</para>
/// </remarks>
internal sealed class DataDirectory : IDataDirectory
{
    // Kept open: a failed write-back of names is then told to the next sync, and a sync needs no free descriptor.
    private readonly SafeFileHandle _directory;
    private readonly DirectoryLock _lock;

    // Where files are found: in the directory that was opened, under whatever name it has by now. So a file is never made in one and synced in another.
    private readonly string _place;

    private DataDirectory(string path, SafeFileHandle directory, DirectoryLock directoryLock)
    {
        Path = path;
        _directory = directory;
        _lock = directoryLock;
        var opened = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{directory.DangerousGetHandle()}");
        _place = Directory.Exists(opened) ? opened : path;
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>Opens the directory, and makes it where it is missing.</summary>
    /// <remarks>Where it cannot be used, nothing in it is changed; but one whose disk is full may be left with an empty LOCK.</remarks>
    /// <exception cref="DataDirectoryException">It is no directory, may not be changed, is in use, cannot be made, or its disk is full.</exception>
    public static DataDirectory Open(string path)
    {
        // Windows has neither flock nor fsync.
        if (OperatingSystem.IsWindows())
        {
            throw new DataDirectoryException($"{path} cannot be used: data directories need Linux or macOS.");
        }

        path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        SafeFileHandle? directory = null;
        DirectoryLock? directoryLock = null;
        try
        {
            DirectoryMaker.Make(path);
            FileError.ThrowIf(Libc.CheckAccess(path), path, "cannot be read and written");
            FileError.ThrowIf(Libc.TryOpen(path, out directory), path, "could not be opened");
            directoryLock = DirectoryLock.Take(path, directory);

            // Shows that names can be synced here, which not all file systems do, before anything relies on it.
            FileError.ThrowIf(Libc.Sync(directory), path, "could not be synced");
            return new DataDirectory(path, directory, directoryLock);
        }
        catch (Exception error)
        {
            directoryLock?.Dispose();
            directory?.Dispose();
            if (error is IOException and not DataDirectoryException)
            {
                throw new DataDirectoryException(error.Message, error);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List()
    {
        ThrowIfDisposed();
        try
        {
            return [.. Directory.EnumerateFiles(_place).Select(System.IO.Path.GetFileName).OfType<string>()
                .Where(name => name != FileNames.Lock).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Create(Path, "could not be listed", error);
        }
    }

    /// <inheritdoc/>
    public IDataFile OpenRead(string name) => OpenFile(name, FileMode.Open, FileAccess.Read, "could not be opened");

    /// <inheritdoc/>
    public IDataFile OpenWrite(string name) => OpenFile(name, FileMode.Open, FileAccess.ReadWrite, "could not be opened");

    /// <inheritdoc/>
    public IDataFile Create(string name) => OpenFile(name, FileMode.CreateNew, FileAccess.ReadWrite, "could not be made");

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        FileError.ThrowIf(Libc.TryRename(Locate(from), Locate(to)), Name(from), $"could not be renamed to {to}");
    }

    /// <inheritdoc/>
    public void Delete(string name)
    {
        FileError.ThrowIf(Libc.TryUnlink(Locate(name)), Name(name), "could not be removed");
    }

    /// <inheritdoc/>
    public void SyncNames() => FileError.ThrowIf(Libc.Sync(_directory), Path, "could not be synced");

    /// <inheritdoc/>
    public void Dispose()
    {
        _directory.Dispose();
        _lock.Dispose();
    }

    private DataFile OpenFile(string name, FileMode mode, FileAccess access, string failure)
    {
        var place = Locate(name);
        try
        {
            // Shared: a segment is read while it is written, and may lose its name meanwhile.
            return new DataFile(File.OpenHandle(place, mode, access, FileShare.ReadWrite | FileShare.Delete), Name(name));
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Create(Name(name), failure, error);
        }
    }

    private string Locate(string name)
    {
        ThrowIfDisposed();
        FileNames.Check(name);
        return System.IO.Path.Combine(_place, name);
    }

    /// <summary>What a person knows it by.</summary>
    private string Name(string name) => System.IO.Path.Combine(Path, name);

    // Without the lock the directory may be another's.
    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_directory.IsClosed, this);
}
