using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KvStore.Core.Files;

/// <summary>The calls of the C library that .NET has no checked counterpart of: it takes a failed fsync(2) for a success.</summary>
/// <remarks>Each member answers 0, or the errno of what went wrong.</remarks>
internal static partial class Libc
{
    private const string Library = "libc";

    // From fcntl.h, unistd.h and sys/file.h. O_DIRECTORY is left out, whose value differs between processors.
    private const int ReadOnly = 0;
    private const int MayRead = 4;
    private const int MayWrite = 2;
    private const int MaySearch = 1;
    private const int LockExclusive = 2;
    private const int LockWithoutWaiting = 4;

    private const int Interrupted = 4;

    // A child must not inherit a directory.
    private static readonly int CloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    /// <summary>Opens what is there, a directory too, for reading.</summary>
    public static int TryOpen(string path, out SafeFileHandle handle)
    {
        do
        {
            handle = Open(path, ReadOnly | CloseOnExec);
        }
        while (handle.IsInvalid && Marshal.GetLastPInvokeError() == Interrupted);

        return handle.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Waits until a file's bytes, and its length, are on the disk.</summary>
    public static int SyncData(SafeFileHandle file)
    {
        int result;
        do
        {
            result = OperatingSystem.IsLinux() ? FDataSync(file) : FSync(file);
        }
        while (result != 0 && Marshal.GetLastPInvokeError() == Interrupted);

        return Outcome(result);
    }

    /// <summary>Waits until all of a file, or a directory's names, are on the disk.</summary>
    public static int Sync(SafeFileHandle handle)
    {
        int result;
        do
        {
            result = FSync(handle);
        }
        while (result != 0 && Marshal.GetLastPInvokeError() == Interrupted);

        return Outcome(result);
    }

    /// <summary>Takes the lock of a file that no other opening of it has, in this process or another, without waiting.</summary>
    public static int TryLock(SafeFileHandle file) => Outcome(FLock(file, LockExclusive | LockWithoutWaiting));

    /// <summary>Whether this process may read, change and search a directory.</summary>
    public static int CheckAccess(string directory) => Outcome(Access(directory, MayRead | MayWrite | MaySearch));

    /// <summary>Gives a file another name, at one moment.</summary>
    public static int TryRename(string from, string to) => Outcome(Rename(from, to));

    /// <summary>Removes a name.</summary>
    public static int TryUnlink(string path) => Outcome(Unlink(path));

    private static int Outcome(int result) => result == 0 ? 0 : Marshal.GetLastPInvokeError();

    // Takes a third argument only where it makes a file.
    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport(Library, EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport(Library, EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);

    [LibraryImport(Library, EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unlink(string path);
}
