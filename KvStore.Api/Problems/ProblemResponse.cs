using System.Diagnostics;
using KvStore.Api.Http;
using KvStore.Core.Errors;
using KvStore.Core.Store;

namespace KvStore.Api.Problems;

/// <summary>Sends problems: the one place that turns an error into an HTTP answer.</summary>
internal static class ProblemResponse
{
    /// <summary>The media type of every error body.</summary>
    public const string ContentType = "application/problem+json";

    private const string RetryAfterSeconds = "1";

    /// <summary>Sends what the store found wrong.</summary>
    public static Task SendAsync(HttpContext context, ErrorCode code, StoreLimits limits, long currentRevision = 0) =>
        SendAsync(context, code switch
        {
            ErrorCode.MalformedKey => new Problem(code, "The key must be text in UTF-8, percent-encoded once."),
            ErrorCode.NotFound => NotFound,
            _ => Problem.OfStore(code, limits, currentRevision),
        });

    /// <summary>Sends a problem, which replaces everything the answer held so far.</summary>
    public static Task SendAsync(HttpContext context, Problem problem)
    {
        var description = ErrorCatalogue.Describe(problem.Code);
        var response = context.Response;
        response.StatusCode = description.HttpStatus;
        response.ContentType = ContentType;
        if (description.HttpStatus is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
        {
            response.Headers.RetryAfter = RetryAfterSeconds;
        }

        JsonResponse.Write(response, (problem, description, context), static (writer, state) =>
        {
            var (problem, description, context) = state;
            writer.WriteString("type"u8, "urn:kvstore:problem:" + description.Name);
            writer.WriteString("title"u8, description.Title);
            writer.WriteNumber("status"u8, description.HttpStatus);
            writer.WriteString("detail"u8, problem.Detail);
            writer.WriteString("instance"u8, RawTarget.Path(context));
            writer.WriteString("code"u8, description.Name);
            writer.WriteString("traceId"u8, TraceIdOf(context));
            WriteExtensions(writer, problem);
        });
        return Task.CompletedTask;
    }

    /// <summary>What client and log are told of a request: its trace, where spans are made.</summary>
    public static string TraceIdOf(HttpContext context) => Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;

    /// <summary>Nothing is served at the request's path.</summary>
    public static Problem NotFound { get; } = new(
        ErrorCode.NotFound, "Nothing is served at this path. /swagger lists what is.");

    private static void WriteExtensions(System.Text.Json.Utf8JsonWriter writer, Problem problem)
    {
        if (problem.Limit is { } limit)
        {
            writer.WriteNumber("limit"u8, limit);
        }

        if (problem.CurrentRevision is { } revision)
        {
            writer.WriteNumber("currentRevision"u8, revision);
        }

        if (problem.OldestRevision is { } oldest)
        {
            writer.WriteNumber("oldestRevision"u8, oldest);
        }

        if (problem.Line is { } line)
        {
            writer.WriteNumber("line"u8, line);
        }

        if (problem.Imported is { } imported)
        {
            writer.WriteNumber("imported"u8, imported);
        }

        if (problem.Failed is { } failed)
        {
            writer.WriteStartObject("failed"u8);
            writer.WriteNumber("index"u8, failed.Index);
            writer.WritePropertyName("result"u8);
            writer.WriteRawValue(BatchResultWriter.Write(failed.Result), skipInputValidation: true);
            writer.WriteEndObject();
        }

        if (problem.Errors is { } errors)
        {
            WriteErrors(writer, errors);
        }
    }

    private static void WriteErrors(System.Text.Json.Utf8JsonWriter writer, FieldErrors errors)
    {
        writer.WriteStartObject("errors"u8);
        foreach (var (field, reasons) in errors.Fields)
        {
            writer.WriteStartArray(field);
            reasons.ForEach(writer.WriteStringValue);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }
}
