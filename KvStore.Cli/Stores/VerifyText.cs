using System.Globalization;
using System.Text;
using System.Text.Json;
using KvStore.Core.Durability;

namespace KvStore.Cli.Stores;

/// <summary>What <c>kvstore verify</c> prints.</summary>
internal static class VerifyText
{
    /// <summary>For people: a line for each file, and for each finding where a file has several; then what there is in all.</summary>
    public static string Of(VerifyReport report)
    {
        var files = FilesOf(report);
        var width = files.Max(file => file.Name.Length);
        var text = new StringBuilder();
        foreach (var file in files)
        {
            var bytes = file.Bytes is { } length ? Printable.Count(length, "byte") : "missing";
            foreach (var status in file.Findings.Select(Describe).DefaultIfEmpty("ok"))
            {
                text.Append(CultureInfo.InvariantCulture, $"{Printable.Of(file.Name).PadRight(width)}  {bytes,15}  {status}\n");
            }
        }

        if (report.IsInUse)
        {
            text.Append("in use: a server has the store open, and what is found at the log's end may be a write in progress\n");
        }

        text.Append(report.IsSound ? "whole" : "damaged").Append(CultureInfo.InvariantCulture, $": {Printable.Count(report.Snapshots, "snapshot")} with {Printable.Records(report.Records)}, ");
        text.Append(CultureInfo.InvariantCulture, $"{Printable.Count(report.Segments, "segment")} with {Printable.Count(report.Changes, "change")}, {Printable.Count(report.Bytes, "byte")}; ");
        return text.Append(CultureInfo.InvariantCulture, $"last revision {report.LastRevision}, history {report.HistoryId ?? "unknown"}").ToString();
    }

    /// <summary>For programs.</summary>
    public static void WriteMembers(Utf8JsonWriter json, VerifyReport report)
    {
        json.WriteBoolean("whole"u8, report.IsSound);
        json.WriteBoolean("inUse"u8, report.IsInUse);
        json.WriteStartArray("files"u8);
        foreach (var file in FilesOf(report))
        {
            WriteFile(json, file);
        }

        json.WriteEndArray();
        json.WriteNumber("snapshots"u8, report.Snapshots);
        json.WriteNumber("records"u8, report.Records);
        json.WriteNumber("segments"u8, report.Segments);
        json.WriteNumber("changes"u8, report.Changes);
        json.WriteNumber("bytes"u8, report.Bytes);
        json.WriteNumber("lastRevision"u8, report.LastRevision);
        json.WriteString("historyId"u8, report.HistoryId);
    }

    private static void WriteFile(Utf8JsonWriter json, ShownFile file)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, file.Name);
        if (file.Bytes is { } bytes)
        {
            json.WriteNumber("bytes"u8, bytes);
        }

        json.WriteString("status"u8, file.Findings.Count == 0 ? "ok" : NameOf(file.Findings.Max(finding => finding.Severity)));
        json.WriteStartArray("findings"u8);
        foreach (var finding in file.Findings)
        {
            json.WriteStartObject();
            json.WriteString("status"u8, NameOf(finding.Severity));
            json.WriteNumber("offset"u8, finding.Offset);
            json.WriteString("what"u8, finding.What);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>All files by name, with those that are missed and not there.</summary>
    private static List<ShownFile> FilesOf(VerifyReport report)
    {
        var findings = report.Findings.ToLookup(finding => finding.File, StringComparer.Ordinal);
        var files = report.Files.Select(file => new ShownFile(file.Name, file.Bytes, [.. findings[file.Name]])).ToList();
        files.AddRange(findings.Where(group => report.Files.All(file => file.Name != group.Key)).Select(group => new ShownFile(group.Key, null, [.. group])));
        files.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        return files;
    }

    private static string Describe(VerifyFinding finding) => finding.Severity switch
    {
        VerifySeverity.Note => $"note: {finding.What}",
        VerifySeverity.TornTail => string.Create(CultureInfo.InvariantCulture, $"torn tail at byte {finding.Offset}, harmless: {finding.What}"),
        VerifySeverity.Warning => string.Create(CultureInfo.InvariantCulture, $"not needed, but wrong at byte {finding.Offset}: {finding.What}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"damaged at byte {finding.Offset}: {finding.What}"),
    };

    private static string NameOf(VerifySeverity severity) => severity switch
    {
        VerifySeverity.Note => "note",
        VerifySeverity.TornTail => "torn-tail",
        VerifySeverity.Warning => "warning",
        _ => "damaged",
    };

    /// <summary>A file with all that is to be said of it.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Bytes">Its bytes; null where it is not there.</param>
    /// <param name="Findings">What was found; nothing where it is as it should be.</param>
    private sealed record ShownFile(string Name, long? Bytes, IReadOnlyList<VerifyFinding> Findings);
}
