using KvStore.Api.Hosting;
using KvStore.Api.Http;
using KvStore.Api.OpenApi;
using KvStore.Api.Problems;
using KvStore.Core.Durability;
using KvStore.Core.Errors;
using KvStore.Core.Files;

namespace KvStore.Api.Endpoints;

/// <summary>Administration of a store that is kept in a directory: <c>POST /admin/snapshot</c> and <c>GET /admin/backup</c>.</summary>
internal static partial class AdminEndpoints
{
    /// <summary>The paths, which the metrics port serves too.</summary>
    public static readonly string[] Paths = ["/admin/snapshot", "/admin/backup"];

    private static readonly Problem InMemory = new(
        ErrorCode.NotFound, "The store is in memory alone: there is nothing to save. DATA_DIR gives it a directory.");

    /// <summary>Maps the endpoints.</summary>
    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        var recovery = services.GetRequiredService<StoreRecovery>();
        var access = services.GetRequiredService<AdminAccess>();
        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("KvStore.Api.Admin");
        routes.MapPost(Paths[0], Guard(SnapshotAsync)).Describe(AdminDescriptions.Snapshot);
        routes.MapGet(Paths[1], Guard(BackupAsync)).Describe(AdminDescriptions.Backup);

        RequestDelegate Guard(Func<HttpContext, DurableStore, ILogger, Task> answer) => context =>
            !access.IsAllowed(context) ? ProblemResponse.SendAsync(context, AdminAccess.Refused)
            : recovery.Directory is not { } directory ? ProblemResponse.SendAsync(context, InMemory)
            : answer(context, directory, log);
    }

    private static async Task SnapshotAsync(HttpContext context, DurableStore store, ILogger log)
    {
        SnapshotSummary snapshot;
        try
        {
            snapshot = await store.SnapshotAsync(context.RequestAborted);
        }
        catch (Exception exception) when (Describe(exception, context, log) is { } problem)
        {
            await ProblemResponse.SendAsync(context, problem);
            return;
        }

        context.Response.ContentType = JsonResponse.ContentType;
        JsonResponse.Write(context.Response, snapshot, static (writer, taken) =>
        {
            writer.WriteString("name"u8, taken.Name);
            writer.WriteNumber("revision"u8, taken.Revision);
            writer.WriteNumber("keys"u8, taken.Records);
            writer.WriteNumber("bytes"u8, taken.Bytes);
            writer.WriteNumber("seconds"u8, Math.Round(taken.Duration.TotalSeconds, 3));
        });
    }

    private static async Task BackupAsync(HttpContext context, DurableStore store, ILogger log)
    {
        Backup backup;
        try
        {
            backup = await store.BackupAsync(context.RequestAborted);
        }
        catch (Exception exception) when (Describe(exception, context, log) is { } problem)
        {
            await ProblemResponse.SendAsync(context, problem);
            return;
        }

        using (backup)
        {
            await BackupResponse.SendAsync(context, backup);
        }
    }

    /// <summary>What a client is told of a snapshot that was not taken; null where that is told elsewhere.</summary>
    private static Problem? Describe(Exception exception, HttpContext context, ILogger log)
    {
        switch (exception)
        {
            case IOException when DiskFull.Is(exception):
                return new Problem(ErrorCode.StorageFull, "The disk has no room for a snapshot; the store goes on.");
            case IOException:
                LogFailed(log, exception.Message);
                return new Problem(ErrorCode.NotReady, "The snapshot could not be written or read, as the log says; the store goes on.");
            case OperationCanceledException or ObjectDisposedException when !context.RequestAborted.IsCancellationRequested:
                return new Problem(ErrorCode.Draining, "The service is shutting down: no snapshot is taken any more.");
            default:
                return null;
        }
    }

    [LoggerMessage(1, LogLevel.Error, "A snapshot that was asked for failed. {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
