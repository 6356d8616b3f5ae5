using KvStore.Api.Http;
using KvStore.Api.Problems;
using KvStore.Core.Store;
using SetRequest = KvStore.Grpc.KeyValue.SetRequest;
using SetRules = KvStore.Api.Http.SetRequest;

namespace KvStore.Api.Grpc;

/// <summary>Reads what a set and a delete ask for, by the rules of every other way to ask for it.</summary>
internal static class SetMessage
{
    /// <summary>Fields that others name too.</summary>
    public const string KeyField = "key", ValueField = "value", IfRevisionField = "if_revision";

    private const string TtlField = "ttl_ms", ExpiresAtField = "expires_at";
    private const string AllowedTtl = "must be a number of milliseconds, at most 3155760000000 (100 years), or 0 for none";

    /// <summary>How to carry out a set.</summary>
    public static SetOptions ReadOptions(SetRequest request, FieldErrors errors)
    {
        if (IsPlain(request))
        {
            return default;
        }

        if (request is { HasValueBytes: true, Value.Length: > 0 })
        {
            errors.Add(ValueField, "cannot be combined with value_bytes");
        }

        if (request.ContentType.Length > 0)
        {
            SetRules.CheckContentType(request.ContentType, "content_type", errors);
        }

        return new SetOptions(
            request.ContentType.Length > 0 ? request.ContentType : null,
            request.TtlMs == 0 ? null : SetRules.ReadTtl(request.TtlMs, TtlField, AllowedTtl, errors),
            ReadCondition(request.HasIfRevision, request.IfRevision, errors),
            ReadExpiry(request, errors));
    }

    /// <summary>What must hold of a key's revision.</summary>
    public static WriteCondition ReadCondition(bool isGiven, long revision, FieldErrors errors)
    {
        if (!isGiven)
        {
            return WriteCondition.None;
        }

        SetRules.CheckIfRevision(revision, IfRevisionField, errors);
        return WriteCondition.Is(revision);
    }

    /// <summary>Whether a set has nothing but a key and a value.</summary>
    private static bool IsPlain(SetRequest request) =>
        request is { HasValueBytes: false, ContentType.Length: 0, TtlMs: 0, HasIfRevision: false, ExpiresAt: 0 };

    private static long ReadExpiry(SetRequest request, FieldErrors errors)
    {
        if (request.ExpiresAt == 0)
        {
            return 0;
        }

        if (request.TtlMs != 0)
        {
            errors.Add(ExpiresAtField, "cannot be combined with ttl_ms");
        }

        if (request.ExpiresAt > WireTime.Latest)
        {
            errors.Add(ExpiresAtField, "must be Unix milliseconds, up to the year 9999");
        }

        // 0 stands for never: a time before 1970 is past all the same.
        return Math.Max(1, request.ExpiresAt);
    }
}
