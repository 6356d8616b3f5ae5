using System.Text.Json;
using KvStore.Api.Hosting;
using KvStore.Api.Http;
using KvStore.Core.Store;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvStore.Api.Health;

/// <summary>Answers whether the node is to be sent requests, and what it is.</summary>
internal sealed class Readiness(HealthCheckService checks, Lifecycle lifecycle, StoreRecovery recovery, IKeyValueStore store, string role)
{
    private const string RetryAfterSeconds = "1";

    /// <summary>200 where no check fails, else 503; with what each check says either way.</summary>
    public async Task SendAsync(HttpContext context)
    {
        var report = await checks.CheckHealthAsync(context.RequestAborted);
        var isReady = report.Status != HealthStatus.Unhealthy;
        if (!isReady)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
        }

        var status = isReady ? "ready" : lifecycle.IsDraining ? "draining" : "not-ready";
        Send(context, (this, status, report), static (writer, state) =>
        {
            writer.WriteString("status"u8, state.status);
            state.Item1.WriteStore(writer, withKeys: true);
            writer.WriteStartObject("checks"u8);
            foreach (var (name, entry) in state.report.Entries)
            {
                writer.WriteStartObject(name);
                writer.WriteString("status"u8, entry.Status switch
                {
                    HealthStatus.Healthy => "ok"u8,
                    HealthStatus.Degraded => "degraded"u8,
                    _ => "failing"u8,
                });
                writer.WriteString("reason"u8, entry.Description);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        });
    }

    /// <summary>The node's role, revision and history.</summary>
    public Task SendRoleAsync(HttpContext context)
    {
        Send(context, this, static (writer, self) => self.WriteStore(writer, withKeys: false));
        return Task.CompletedTask;
    }

    private static void Send<TState>(HttpContext context, TState state, Action<Utf8JsonWriter, TState> members)
    {
        context.Response.ContentType = JsonResponse.ContentType;
        context.Response.Headers.CacheControl = "no-store";
        JsonResponse.Write(context.Response, state, members);
    }

    private void WriteStore(Utf8JsonWriter writer, bool withKeys)
    {
        writer.WriteString("role"u8, role);
        if (recovery.IsRecovering)
        {
            // Nothing is known of it yet: a zero would be taken for an empty store.
            return;
        }

        var statistics = store.Statistics;
        if (withKeys)
        {
            writer.WriteNumber("keys"u8, statistics.Keys);
        }

        writer.WriteNumber("revision"u8, statistics.Revision);
        writer.WriteString("historyId"u8, statistics.HistoryId);
    }
}
