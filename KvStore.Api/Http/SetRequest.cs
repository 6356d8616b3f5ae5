using KvStore.Api.Problems;
using KvStore.Core.Store;
using KvStore.Core.Store.Batches;
using Microsoft.Net.Http.Headers;
using ContentTypes = KvStore.Core.Records.ContentTypes;

namespace KvStore.Api.Http;

/// <summary>What <c>POST /set</c> asks for, however it was written. Its bytes lie in the request's body or a scratch buffer.</summary>
internal struct SetRequest
{
    /// <summary>The names of the members, in JSON and in a form.</summary>
    public const string KeyName = "key", ValueName = "value", TtlName = "ttl", ContentTypeName = "contentType",
        IfRevisionName = "ifRevision", IfAbsentName = "ifAbsent";

    /// <summary>What a member that is not one of these is told.</summary>
    public const string UnknownName = "is not a member of a set; it takes key, value, ttl, contentType, ifRevision, ifAbsent";

    /// <summary>What a member that came before is told.</summary>
    public const string GivenTwice = "is given more than once";

    /// <summary>What a key without a byte is told.</summary>
    public const string EmptyKey = "must not be empty";

    // A hundred years: far beyond use, and well within what dates can hold.
    private const double MaxTtlMilliseconds = 3_155_760_000_000;

    private Members _seen;

    [Flags]
    private enum Members
    {
        None = 0,
        Key = 1,
        Value = 2,
        Ttl = 4,
        ContentType = 8,
        IfRevision = 16,
        IfAbsent = 32,
    }

    /// <summary>The key, in UTF-8.</summary>
    public ReadOnlyMemory<byte> Key { get; set; }

    /// <summary>The value.</summary>
    public ReadOnlyMemory<byte> Value { get; set; }

    /// <summary>Whether the value is JSON text, not a string.</summary>
    public bool IsJsonValue { get; set; }

    /// <summary>The value's content type; null where the request did not say.</summary>
    public string? ContentType { get; private set; }

    /// <summary>The time to live; null where the request did not say.</summary>
    public TimeSpan? Ttl { get; private set; }

    private long? IfRevision { get; set; }

    private bool IfAbsent { get; set; }

    /// <summary>How to carry it out.</summary>
    public readonly SetOptions Options => new(
        ContentType ?? (IsJsonValue ? ContentTypes.Json : null),
        Ttl,
        IfAbsent ? WriteCondition.Absent : IfRevision is { } revision ? WriteCondition.Is(revision) : WriteCondition.None);

    /// <summary>Notes that a member is there; false, with an error, where it is unknown or came before.</summary>
    public bool See(string name, FieldErrors errors, string unknown = UnknownName)
    {
        var member = MemberOf(name);
        if (member == Members.None || _seen.HasFlag(member))
        {
            errors.Add(name, member == Members.None ? unknown : GivenTwice);
            return false;
        }

        _seen |= member;
        return true;
    }

    private static Members MemberOf(string name) => name switch
    {
        KeyName => Members.Key,
        ValueName => Members.Value,
        TtlName => Members.Ttl,
        ContentTypeName => Members.ContentType,
        IfRevisionName => Members.IfRevision,
        IfAbsentName => Members.IfAbsent,
        _ => Members.None,
    };

    /// <summary>Takes the time to live, in seconds.</summary>
    public void SetTtl(double seconds, FieldErrors errors) => Ttl = ReadTtl(seconds, errors);

    /// <summary>Takes the revision that the key must be at; 0 = it must not exist.</summary>
    public void SetIfRevision(long revision, FieldErrors errors)
    {
        CheckIfRevision(revision, IfRevisionName, errors);
        IfRevision = revision;
    }

    /// <summary>Takes whether the key must not exist.</summary>
    public void SetIfAbsent(bool value) => IfAbsent = value;

    /// <summary>Takes the content type.</summary>
    public void SetContentType(string contentType, FieldErrors errors)
    {
        CheckContentType(contentType, ContentTypeName, errors);
        ContentType = contentType;
    }

    /// <summary>Adds an error for each member that is missing or cannot stand beside another.</summary>
    public readonly void CheckMembers(FieldErrors errors)
    {
        CheckKey(errors);
        if (!_seen.HasFlag(Members.Value))
        {
            errors.Add(ValueName, "is required");
        }

        if (IfAbsent && IfRevision is not null)
        {
            errors.Add(IfAbsentName, "cannot be combined with ifRevision");
        }
    }

    /// <summary>The same for an operation of a batch, which may be no set; null where it is not known what it is.</summary>
    public readonly void CheckMembers(FieldErrors errors, BatchKind? kind)
    {
        switch (kind)
        {
            case BatchKind.Set:
                CheckMembers(errors);
                break;
            case BatchKind.Get:
                CheckKey(errors);
                CheckOthers(errors, Members.Key, "is not a member of a get; it takes op, key");
                break;
            case BatchKind.Delete:
                CheckKey(errors);
                CheckOthers(errors, Members.Key | Members.IfRevision, "is not a member of a delete; it takes op, key, ifRevision");
                break;
            default:
                CheckKey(errors);
                break;
        }
    }

    private readonly void CheckOthers(FieldErrors errors, Members taken, string why)
    {
        if ((_seen & ~taken) == Members.None)
        {
            return;
        }

        foreach (var name in (ReadOnlySpan<string>)[ValueName, TtlName, ContentTypeName, IfRevisionName, IfAbsentName])
        {
            if ((_seen & ~taken & MemberOf(name)) != Members.None)
            {
                errors.Add(name, why);
            }
        }
    }

    private readonly void CheckKey(FieldErrors errors)
    {
        if (!_seen.HasFlag(Members.Key))
        {
            errors.Add(KeyName, "is required");
        }
        else if (Key.IsEmpty && !errors.Has(KeyName))
        {
            errors.Add(KeyName, EmptyKey);
        }
    }

    /// <summary>A time to live from a number of seconds.</summary>
    public static TimeSpan? ReadTtl(double seconds, FieldErrors errors) => ReadTtl(
        seconds * 1_000, TtlName, "must be a number of seconds, more than 0 and at most 3155760000 (100 years)", errors);

    /// <summary>A time to live from a number of milliseconds.</summary>
    /// <param name="milliseconds">The number.</param>
    /// <param name="field">The field that has it, in whatever unit.</param>
    /// <param name="allowed">What the field is told to be.</param>
    /// <param name="errors">Receives that.</param>
    public static TimeSpan? ReadTtl(double milliseconds, string field, string allowed, FieldErrors errors)
    {
        if (milliseconds is > 0 and <= MaxTtlMilliseconds)
        {
            // Rounded up, so that the smallest ttl still is one.
            return TimeSpan.FromMilliseconds(Math.Ceiling(milliseconds));
        }

        errors.Add(field, allowed);
        return null;
    }

    /// <summary>Adds an error where a revision that a key must be at cannot be one.</summary>
    public static void CheckIfRevision(long revision, string field, FieldErrors errors)
    {
        if (revision < 0)
        {
            errors.Add(field, "must be a revision, or 0 for a key that must not exist");
        }
    }

    /// <summary>Adds an error where a value cannot have a content type.</summary>
    public static void CheckContentType(string contentType, string field, FieldErrors errors)
    {
        if (!IsMediaType(contentType))
        {
            errors.Add(field, "must be a media type such as text/plain, in at most 255 characters of ASCII");
        }
    }

    /// <summary>Whether a value can be stored under <paramref name="contentType"/> and sent with it as a header.</summary>
    public static bool IsMediaType(string contentType) =>
        ContentTypes.IsStorable(contentType)
        && MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type is { MatchesAllTypes: false, MatchesAllSubTypes: false };
}
