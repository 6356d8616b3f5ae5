using System.Formats.Tar;
using KvStore.Core.Durability;

namespace KvStore.Api.Http;

/// <summary>Streams a backup as a tar archive, in constant memory.</summary>
internal static class BackupResponse
{
    /// <summary>The media type of tar archives.</summary>
    public const string ContentType = "application/x-tar";

    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Sends the files one after the other. Where that fails the connection is cut: what was sent is no whole archive.</summary>
    public static async Task SendAsync(HttpContext context, Backup backup)
    {
        context.Response.ContentType = ContentType;
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"kvstore-{backup.Revision}.tar\"";
        context.Response.Headers.CacheControl = "no-store";
        var archive = new TarWriter(context.Response.Body, TarEntryFormat.Pax, leaveOpen: true);
        foreach (var file in backup.Files)
        {
            await using var content = file.Open();
            await archive.WriteEntryAsync(
                new PaxTarEntry(TarEntryType.RegularFile, file.Name) { DataStream = content, Mode = Mode }, context.RequestAborted);
        }

        // Only now: its end would make an archive of what is none.
        await archive.DisposeAsync();
    }
}
