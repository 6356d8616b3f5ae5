using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace KvStore.Api.Options;

/// <summary>What the service accepts from clients: section <c>KvStore:Limits</c>.</summary>
internal sealed class LimitsOptions
{
    /// <summary>The longest key, in bytes of UTF-8.</summary>
    [Description("Longest key, in bytes of UTF-8.")]
    [Range(1, 65_535)]
    public int MaxKeyBytes { get; set; } = 1_024;

    /// <summary>The longest value, in bytes.</summary>
    [Description("Longest value, in bytes.")]
    [Range(0, 104_857_600)]
    public int MaxValueBytes { get; set; } = 1_048_576;

    /// <summary>The longest body of a batch, in bytes.</summary>
    [Description("Longest body of a batch, in bytes.")]
    [Range(1_024, 104_857_600)]
    public int MaxBatchBytes { get; set; } = 8_388_608;

    /// <summary>The most connections of each port at once; a further one is closed as soon as it is accepted.</summary>
    [Description("Most connections of each port at once; a further one is closed at once.")]
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>The most gRPC calls in progress on one connection; a client makes the others wait.</summary>
    [Description("Most gRPC calls in progress on one connection; a client makes the others wait.")]
    [Range(1, 100_000)]
    public int MaxStreams { get; set; } = 1_000;

    /// <summary>The most gRPC calls in progress at once, of all connections.</summary>
    [Description("Most gRPC calls in progress at once, of all connections.")]
    [Range(1, 1_000_000)]
    public int MaxCalls { get; set; } = 20_000;

    /// <summary>The most bytes of long messages that all gRPC calls together may be in the middle of receiving, answering or sending.</summary>
    [Description("Most bytes of long messages that all gRPC calls together may be in the middle of receiving, answering or sending.")]
    [Range(0, 1_073_741_824)]
    public int MaxCallBytes { get; set; } = 268_435_456;

    /// <summary>The most watches at once.</summary>
    [Description("Most watches at once.")]
    [Range(1, 1_000_000)]
    public int MaxWatchers { get; set; } = 10_000;

    /// <summary>The most bytes of long values that all watches together may be in the middle of sending.</summary>
    [Description("Most bytes of long values that all watches together may be in the middle of sending.")]
    [Range(0, 1_073_741_824)]
    public int MaxWatchBytes { get; set; } = 268_435_456;

    /// <summary>How long a connection may be idle between requests, in seconds.</summary>
    [Description("How long a connection may be idle between requests, in seconds. Longer than a proxy in front keeps its own.")]
    [Range(1, 3_600)]
    public int KeepAliveSeconds { get; set; } = 130;

    /// <summary>How long the headers of a request may take to arrive, in seconds.</summary>
    [Description("How long the headers of a request may take to arrive, in seconds.")]
    [Range(1, 3_600)]
    public int HeaderSeconds { get; set; } = 10;

    /// <summary>The slowest that a client may send a body or read an answer, in bytes a second, after five seconds of grace.</summary>
    [Description("Slowest that a client may send a body or read an answer, in bytes a second, after 5 seconds of grace; 0 is any.")]
    [Range(0, 1_048_576)]
    public int MinBytesPerSecond { get; set; } = 1_024;
}
