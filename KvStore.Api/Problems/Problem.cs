using System.Globalization;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Core.Store.Batches;

namespace KvStore.Api.Problems;

/// <summary>Why a request was not carried out: what becomes an <c>application/problem+json</c> answer (RFC 9457).</summary>
/// <param name="code">Which error it is.</param>
/// <param name="detail">A sentence that a person can act on.</param>
internal sealed class Problem(ErrorCode code, string detail)
{
    /// <summary>Which error it is.</summary>
    public ErrorCode Code { get; } = code;

    /// <summary>A sentence that a person can act on.</summary>
    public string Detail { get; } = detail;

    /// <summary>What is wrong with each field, for <see cref="ErrorCode.InvalidRequest"/>.</summary>
    public FieldErrors? Errors { get; init; }

    /// <summary>The limit that was exceeded, in bytes.</summary>
    public long? Limit { get; init; }

    /// <summary>The key's revision, for <see cref="ErrorCode.RevisionMismatch"/>; 0 = there is no such key.</summary>
    public long? CurrentRevision { get; init; }

    /// <summary>The first operation that failed, for <see cref="ErrorCode.BatchFailed"/>, by its place; and what it met.</summary>
    public (int Index, BatchResult Result)? Failed { get; init; }

    /// <summary>The oldest revision whose change is kept, for <see cref="ErrorCode.RevisionCompacted"/>.</summary>
    public long? OldestRevision { get; init; }

    /// <summary>The line of an import that is wrong, from 1.</summary>
    public long? Line { get; init; }

    /// <summary>The records of an import that were written before it failed.</summary>
    public long? Imported { get; init; }

    /// <summary>What the store found wrong.</summary>
    /// <param name="code">What it was.</param>
    /// <param name="limits">The store's limits.</param>
    /// <param name="currentRevision">The key's revision, for <see cref="ErrorCode.RevisionMismatch"/>; 0 = there is no such key.</param>
    public static Problem OfStore(ErrorCode code, StoreLimits limits, long currentRevision = 0) => code switch
    {
        ErrorCode.KeyNotFound => new Problem(code, "No value is stored under this key."),
        ErrorCode.MalformedKey => new Problem(code, "The key must be text in UTF-8, and not empty."),
        ErrorCode.KeyTooLong => KeyTooLong(limits.MaxKeyBytes),
        ErrorCode.ValueTooLarge => ValueTooLarge(limits.MaxValueBytes),
        ErrorCode.RevisionMismatch => new Problem(code, currentRevision == 0
            ? "The condition does not hold: the key does not exist."
            : $"The condition does not hold: the key is at revision {currentRevision}.")
        {
            CurrentRevision = currentRevision,
        },
        ErrorCode.StorageFull => new Problem(
            code, "The disk has no room for this write: reads go on, and writes as soon as there is room again."),
        ErrorCode.NotReady => StorageFailed,
        _ => new Problem(code, ErrorCatalogue.Describe(code).Title + "."),
    };

    /// <summary>The disk has failed under the store.</summary>
    public static Problem StorageFailed { get; } = new(
        ErrorCode.NotReady, "The disk has failed, and the store is read-only until the service is started again.");

    /// <summary>The request could not be understood.</summary>
    public static Problem MalformedRequest(string detail) => new(ErrorCode.MalformedRequest, detail);

    /// <summary>Fields or parameters are invalid.</summary>
    public static Problem Invalid(FieldErrors errors) =>
        new(ErrorCode.InvalidRequest, $"Invalid: {string.Join("; ", errors.Lines)}.") { Errors = errors };

    /// <summary>One field or parameter is invalid.</summary>
    public static Problem Invalid(string field, string why)
    {
        var errors = new FieldErrors();
        errors.Add(field, why);
        return Invalid(errors);
    }

    /// <summary>The body is longer than any that the endpoint could accept.</summary>
    public static Problem RequestTooLarge(long limit) =>
        new(ErrorCode.RequestTooLarge, Bytes("The request body is longer than", limit)) { Limit = limit };

    /// <summary>The value is longer than the store accepts.</summary>
    public static Problem ValueTooLarge(long limit) =>
        new(ErrorCode.ValueTooLarge, Bytes("The value is longer than", limit)) { Limit = limit };

    /// <summary>The key is longer than the store accepts.</summary>
    public static Problem KeyTooLong(long limit) =>
        new(ErrorCode.KeyTooLong, Bytes("The key is longer than", limit)) { Limit = limit };

    /// <summary>An atomic batch was not carried out.</summary>
    public static Problem Batch(BatchOutcome outcome, StoreLimits limits)
    {
        if (outcome.Refusal != ErrorCode.None)
        {
            return OfStore(outcome.Refusal, limits);
        }

        if (outcome.Excess is { } excess)
        {
            return new Problem(ErrorCode.RequestTooLarge, string.Create(
                CultureInfo.InvariantCulture,
                $"An atomic batch may have at most {excess.Limit} {excess.Of}: send it in parts, or not atomic. Nothing was carried out."))
            {
                Limit = excess.Limit,
            };
        }

        var (index, result) = (outcome.FailedOperation, outcome.Failure);
        return new Problem(ErrorCode.BatchFailed, string.Create(
            CultureInfo.InvariantCulture,
            $"Nothing was carried out: operations[{index}] fails with {ErrorCatalogue.Describe(result.Error).Name}."))
        {
            Failed = (index, result),
        };
    }

    private static string Bytes(string what, long limit) =>
        string.Create(CultureInfo.InvariantCulture, $"{what} {limit} bytes.");
}
