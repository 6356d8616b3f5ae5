namespace KvStore.Tests.Soak.Crash;

/// <summary>What a <see cref="CrashWrite"/> is.</summary>
internal enum CrashWriteKind
{
    /// <summary>A set.</summary>
    Set,

    /// <summary>A delete, or a removal that a watcher was told of.</summary>
    Delete,

    /// <summary>No write: someone was told that the key is not there.</summary>
    SeenMissing,

    /// <summary>No write: someone was told that the key is there, but not with which value.</summary>
    SeenPresent,
}

/// <summary>A write of a key, and what is known of it: or something that was shown of the key, and so must stay true.</summary>
/// <remarks>
/// Moments are numbers that count up. Of two writes the later one is known where both have a revision, or where one was sent when the other was
/// known to be carried out.
/// </remarks>
internal sealed class CrashWrite
{
    public required int Number { get; init; }

    public required string Key { get; init; }

    public required CrashWriteKind Kind { get; init; }

    public CrashContent Content { get; init; }

    /// <summary>When it was sent.</summary>
    public required long SentAt { get; init; }

    /// <summary>When the system's clock was read before it was sent: Unix milliseconds.</summary>
    public long SentTime { get; init; }

    /// <summary>From when on it was known to be carried out, by its answer or by what someone was shown.</summary>
    public long DoneAt { get; set; } = long.MaxValue;

    /// <summary>Whether its answer said that it was carried out.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>Whether it is no request, but the end of a key's time to live.</summary>
    public bool IsExpiry { get; init; }

    /// <summary>Whether a restart has been there since, after which it was found.</summary>
    public bool IsSettled { get; set; }

    /// <summary>0 while it is not known: not every answer tells it.</summary>
    public long Revision { get; set; }

    /// <summary>How long a set's key is to live, in milliseconds; 0 = the request did not say.</summary>
    public long Ttl { get; init; }

    /// <summary>When its key expires, in Unix milliseconds; 0 where it does not, or where nobody was told.</summary>
    public long ExpiresAt { get; set; }

    /// <summary>The atomic batch that it belongs to; null for none.</summary>
    public CrashBatch? Batch { get; init; }

    public bool IsDone => DoneAt != long.MaxValue;

    public bool Expires => Ttl != 0 || ExpiresAt != 0;

    /// <summary>The earliest time at which the key may expire.</summary>
    public long EarliestExpiry => ExpiresAt != 0 ? ExpiresAt : Ttl != 0 ? SentTime + Ttl : long.MaxValue;

    /// <summary>Whether this is known to have come after another.</summary>
    public bool IsAfter(CrashWrite other) =>
        Revision != 0 && other.Revision != 0 ? Revision > other.Revision : SentAt > other.DoneAt;

    public override string ToString() => FormattableString.Invariant(
        $"{Kind} {Number} of {Key} ({(Kind == CrashWriteKind.Set ? $"{Content.Length} bytes, " : "")}{(IsAcknowledged ? "acknowledged" : IsDone ? "shown" : "unacknowledged")}, sent at {SentAt}, done at {(IsDone ? DoneAt : -1)}, revision {Revision}, ttl {Ttl}, expires at {ExpiresAt})");
}

/// <summary>An atomic batch: its writes take consecutive revisions, in their order, or none.</summary>
internal sealed class CrashBatch
{
    public List<CrashWrite> Writes { get; } = [];
}

/// <summary>What a read has told of a key.</summary>
/// <param name="Value">The value; null where there is no such key.</param>
/// <param name="ContentType">Its content type.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="ExpiresAt">When it expires, in Unix milliseconds; 0 = never.</param>
internal sealed record CrashState(byte[]? Value, string ContentType = "", long Revision = 0, long ExpiresAt = 0);
