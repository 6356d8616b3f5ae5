using KvStore.Api.Http;

namespace KvStore.Api.OpenApi;

/// <summary>Descriptions of health, role and metrics.</summary>
internal static class NodeDescriptions
{
    private const string KeysMetric = "# HELP kvstore_keys Live keys in the store.\n# TYPE kvstore_keys gauge\nkvstore_keys 2\n";

    /// <summary>Liveness.</summary>
    public static void Liveness(OperationBuilder operation) => operation
        .Does(Tags.Node, "Whether the process can answer", "Never looks at disk, peers or load. A failure means: restart it.")
        .Answers(200, "It can", [], new Content(
            JsonResponse.ContentType, operation.Schema(Schemas.Liveness), Example.OfJson("alive", "Alive", """{"status":"alive"}""")));

    /// <summary>Readiness.</summary>
    public static void Readiness(OperationBuilder operation) => operation
        .Does(Tags.Node, "Whether to send requests here", "Why it is ready or not, check by check. A failure means: send requests elsewhere.")
        .Answers(200, "Ready", ResponseHeaders.OfNode, new Content(
            JsonResponse.ContentType, operation.Schema(Schemas.Readiness), ReadinessExample("ready", "Ready", "ok", "accepting requests")))
        .Answers(503, "Starting, recovering or draining; or the disk has failed", [.. ResponseHeaders.OfNode, ResponseHeaders.RetryAfter], new Content(
            JsonResponse.ContentType,
            operation.Schema(Schemas.Readiness),
            ReadinessExample("draining", "Draining", "failing", "shutting down; use another node")));

    /// <summary>The role.</summary>
    public static void Role(OperationBuilder operation) => operation
        .Does(Tags.Node, "Primary or replica", "A primary takes writes.")
        .Answers(200, "The role", ResponseHeaders.OfNode, new Content(
            JsonResponse.ContentType,
            operation.Schema(Schemas.Role),
            Example.OfJson("primary", "A primary", """{"role":"primary","revision":7,"historyId":"4f9d0c6e5b7a4e0f9c1d2b3a49586776"}""")));

    /// <summary>Metrics.</summary>
    public static void Metrics(OperationBuilder operation) => operation
        .Does(Tags.Node, "Metrics for Prometheus", "Prometheus text 0.0.4, or OpenMetrics 1.0 where Accept prefers it.")
        .Answers(
            200,
            "The metrics",
            [.. ResponseHeaders.OfNode, ResponseHeaders.Vary],
            new("text/plain", Schemas.Text(), new Example("prometheus", "Prometheus text", KeysMetric)),
            new("application/openmetrics-text", Schemas.Text(), new Example("openmetrics", "OpenMetrics", KeysMetric + "# EOF\n")));

    private static Example ReadinessExample(string status, string summary, string check, string reason) => Example.OfJson(
        status,
        summary,
        $$"""
        {
          "status": "{{status}}", "role": "primary", "keys": 2, "revision": 7, "historyId": "4f9d0c6e5b7a4e0f9c1d2b3a49586776",
          "checks": { "lifecycle": { "status": "{{check}}", "reason": "{{reason}}" } }
        }
        """);
}
