using System.Globalization;
using System.Text;
using System.Text.Json;
using KvStore.Core.Durability;

namespace KvStore.Cli.Stores;

/// <summary>What <c>kvstore repair</c> prints.</summary>
internal static class RepairText
{
    /// <summary>For people.</summary>
    public static string Of(RepairReport report)
    {
        var isDone = report.HistoryId is not null;
        var text = new StringBuilder();
        Line(report.File is null
            ? "the log is whole, and stays"
            : Say($"{(isDone ? "cut" : "would cut")} {report.File} at byte {report.Offset}"));
        Line(report.File is null ? ""
            : report.LastLostRevision > report.LastRevision
                ? Say($"{(isDone ? "lost" : "would lose")} revisions {report.LastRevision + 1} to {report.LastLostRevision}: {Printable.Count(report.LostBytes, "byte")}")
                : "no change was found after that");
        foreach (var file in report.SetAside)
        {
            Line($"{(isDone ? "set aside" : "would set aside")} {file}");
        }

        Line(Say($"{(isDone ? "left" : "would leave")} the store as of revision {report.LastRevision}"));
        return text.Append(isDone
            ? $"began the history {report.HistoryId}: watchers and replicas of the one before begin again"
            : "nothing was changed: --truncate does it").ToString();

        void Line(string line) => text.Append(line).Append(line.Length > 0 ? "\n" : "");
    }

    /// <summary>For programs.</summary>
    /// <param name="json">Is written to.</param>
    /// <param name="report">What was done, or would be; null where nothing is damaged.</param>
    public static void WriteMembers(Utf8JsonWriter json, RepairReport? report)
    {
        json.WriteBoolean("damaged"u8, report is not null);
        json.WriteBoolean("repaired"u8, report?.HistoryId is not null);
        if (report is null)
        {
            return;
        }

        if (report.File is not null)
        {
            json.WriteStartObject("cut"u8);
            json.WriteString("file"u8, report.File);
            json.WriteNumber("offset"u8, report.Offset);
            json.WriteNumber("bytes"u8, report.LostBytes);
            if (report.LastLostRevision > report.LastRevision)
            {
                json.WriteNumber("firstRevision"u8, report.LastRevision + 1);
                json.WriteNumber("lastRevision"u8, report.LastLostRevision);
            }

            json.WriteEndObject();
        }

        json.WriteStartArray("setAside"u8);
        foreach (var file in report.SetAside)
        {
            json.WriteStringValue(file);
        }

        json.WriteEndArray();
        json.WriteNumber("lastRevision"u8, report.LastRevision);
        json.WriteString("snapshot"u8, report.Snapshot);
        json.WriteString("historyId"u8, report.HistoryId);
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
