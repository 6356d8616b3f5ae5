namespace KvStore.Core.Files;

/// <summary>Tells a full disk, which passes, from a broken one, which does not.</summary>
public static class DiskFull
{
    // errno(3) of Linux, which .NET gives as an IOException's HResult.
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Whether <paramref name="exception"/> says that there is no space left.</summary>
    public static bool Is(Exception exception) => exception is IOException { HResult: NoSpace or QuotaExceeded };

    /// <summary>An exception for which <see cref="Is"/> holds.</summary>
    internal static IOException Create(string message) => new(message, NoSpace);
}
