using KvStore.Api.Metrics;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Server;

namespace KvStore.Api.Grpc;

/// <summary>Counts, times and traces calls, logs faults, and gives the protocol's own errors the codes that REST has for the like.</summary>
internal sealed partial class GrpcObserver(GrpcMetrics metrics, ILogger<GrpcObserver> log) : IGrpcObserver
{
    /// <inheritdoc />
    public void CallEnded(GrpcMethod? method, StatusCode code, TimeSpan elapsed)
    {
        metrics.Record(method, code, elapsed);
        RequestSpans.DescribeCall(method, code);
    }

    /// <inheritdoc />
    public void CallFailed(GrpcMethod method, Exception exception) => LogFailed(log, exception, method.Path);

    /// <inheritdoc />
    public RpcException? Translate(Exception exception) =>
        exception is StorageFailedException ? GrpcErrors.Of(Problem.StorageFailed) : null;

    /// <inheritdoc />
    public (Status Status, Metadata? Trailers) Describe(GrpcMethod? method, Status status)
    {
        var error = status.Code switch
        {
            StatusCode.InvalidArgument or StatusCode.Internal => ErrorCode.MalformedRequest,
            StatusCode.ResourceExhausted when status == GrpcServer.Full || status == GrpcServer.Busy => ErrorCode.RateLimited,
            StatusCode.ResourceExhausted => ErrorCode.RequestTooLarge,
            StatusCode.DeadlineExceeded => ErrorCode.RequestTimeout,
            StatusCode.Unavailable => ErrorCode.Draining,
            StatusCode.NotFound => ErrorCode.NotFound,
            StatusCode.Unimplemented => method is null ? ErrorCode.NotFound : ErrorCode.UnsupportedMediaType,
            StatusCode.Unknown => ErrorCode.InternalError,
            _ => ErrorCode.None,
        };
        return error == ErrorCode.None ? (status, null) : GrpcErrors.Describe(status, ErrorCatalogue.Describe(error).Name);
    }

    [LoggerMessage(1, LogLevel.Error, "A call of {Method} failed")]
    private static partial void LogFailed(ILogger log, Exception exception, string method);
}
