using System.Runtime.InteropServices;

namespace KvStore.Core.Files;

/// <summary>What went wrong with a file, in words for a person: which file, what could not be done, why.</summary>
internal static class FileError
{
    private const int NotFound = 2;

    /// <summary>An exception with an errno in its HResult, such as "/data/1.log could not be synced: Input/output error."</summary>
    public static IOException Create(string path, string what, int errno, Exception? cause = null) =>
        new($"{path} {what}: {Marshal.GetPInvokeErrorMessage(errno)}.", cause) { HResult = errno };

    /// <summary>The same for what .NET has thrown, which does not always name the file.</summary>
    public static IOException Create(string path, string what, Exception cause) => ErrnoOf(cause) is { } errno
        ? Create(path, what, errno, cause)
        : new IOException($"{path} {what}: {cause.Message}", cause) { HResult = cause.HResult };

    /// <summary>Whether an exception says that a file, or the disk, could not do what was asked.</summary>
    public static bool Is(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>Fails if <paramref name="errno"/> is one.</summary>
    public static void ThrowIf(int errno, string path, string what)
    {
        if (errno != 0)
        {
            throw Create(path, what, errno);
        }
    }

    // .NET gives Windows' numbers to what it has a type of its own for.
    private static int? ErrnoOf(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => NotFound,
        UnauthorizedAccessException { InnerException: IOException { HResult: > 0 } denied } => denied.HResult,
        IOException { HResult: > 0 } => exception.HResult,
        _ => null,
    };
}
