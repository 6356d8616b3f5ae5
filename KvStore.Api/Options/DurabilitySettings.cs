using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using KvStore.Core.Durability;

namespace KvStore.Api.Options;

/// <summary>How the store is kept in <see cref="StoreOptions.DataDir"/>: section <c>KvStore:Durability</c>. Refused without one.</summary>
internal sealed class DurabilitySettings
{
    /// <summary>When writes are synced.</summary>
    [Description("When a write is synced to the disk: `always` before it is acknowledged; `interval` once in an interval, so that a power cut may take the last one's; `never`, when the system does.")]
    [AllowedValues("always", "interval", "never")]
    public string Sync { get; set; } = "always";

    /// <summary>The interval of <c>interval</c>, in milliseconds.</summary>
    [Description("The interval of `interval`, in milliseconds.")]
    [Range(1, 3_600_000)]
    public int SyncIntervalMilliseconds { get; set; } = 1_000;

    /// <summary>Bytes of a file of the log.</summary>
    [Description("Bytes of a file of the log, which takes its space at once; made larger where the largest atomic batch would not fit.")]
    [Range(65_536, 1_073_741_824)]
    public int SegmentBytes { get; set; } = 67_108_864;

    /// <summary>Bytes of log after which a snapshot is taken.</summary>
    [Description("Bytes of log after which a snapshot is taken; the last snapshot's size, where that is more.")]
    [Range(typeof(long), "65536", "1099511627776")]
    public long SnapshotLogBytes { get; set; } = 268_435_456;

    /// <summary>The most bytes a second that a snapshot writes; 0 = as many as it can.</summary>
    [Description("Most bytes a second that a snapshot writes; 0 is as many as it can.")]
    [Range(typeof(long), "0", "1099511627776")]
    public long SnapshotBytesPerSecond { get; set; }

    /// <summary>The same as the store takes it.</summary>
    public DurabilityOptions ToOptions() => new()
    {
        Sync = Enum.Parse<SyncMode>(Sync, ignoreCase: true),
        SyncInterval = TimeSpan.FromMilliseconds(SyncIntervalMilliseconds),
        SegmentBytes = SegmentBytes,
        SnapshotLogBytes = SnapshotLogBytes,
        SnapshotBytesPerSecond = SnapshotBytesPerSecond,
    };
}
