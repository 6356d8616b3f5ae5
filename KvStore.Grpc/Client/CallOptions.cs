using KvStore.Grpc.Protocol;

namespace KvStore.Grpc.Client;

/// <summary>What a call may be told.</summary>
/// <param name="Headers">What is sent before the messages; null = nothing.</param>
/// <param name="Deadline">When the call ends with DEADLINE_EXCEEDED, if it has not ended by then (UTC); null = never.</param>
/// <param name="CancellationToken">Ends the call with CANCELLED.</param>
public readonly record struct CallOptions(
    Metadata? Headers = null, DateTime? Deadline = null, CancellationToken CancellationToken = default);
