using KvStore.Api.Http;
using KvStore.Core.Errors;

namespace KvStore.Api.OpenApi;

/// <summary>Descriptions of administration.</summary>
internal static class AdminDescriptions
{
    private const string Access =
        "Served on the metrics port, and on this one to requests of this machine alone; everyone else gets 404, as does who asks where the store is in memory.";

    /// <summary>A snapshot.</summary>
    public static void Snapshot(OperationBuilder operation) => operation
        .Does(Tags.Admin, "Take a snapshot now", $"""
            Writes the whole store to its directory, beside live traffic, and removes the log that this makes needless. The next start reads it and the log
            after it. One is taken by itself whenever the log has grown enough (`KvStore:Durability:SnapshotLogBytes`).

            {Access}
            """)
        .Answers(200, "It is on the disk", [], new Content(
            JsonResponse.ContentType,
            operation.Schema(Schemas.Snapshot),
            Example.OfJson("snapshot", "A snapshot", """{"name":"snapshot-00000000000000000007.snap","revision":7,"keys":2,"bytes":254,"seconds":0.012}""")))
        .Fails(ErrorCode.StorageFull);

    /// <summary>A backup.</summary>
    public static void Backup(OperationBuilder operation) => operation
        .Does(Tags.Admin, "Take the whole store out as a tar archive", $"""
            Takes a snapshot, and streams it with the log after it: extracted into an empty directory, it is a store with every write that was durable when the
            streaming began. It begins a new history when it is opened.

            {Access}
            """)
        .Answers(200, "The archive", [.. ResponseHeaders.OfNode, ResponseHeaders.ContentDisposition], new Content(
            BackupResponse.ContentType, Schemas.File(), new Example("backup", "A tar archive", "snapshot-00000000000000000007.snap...")))
        .Fails(ErrorCode.StorageFull);
}
