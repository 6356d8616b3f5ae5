using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Grpc.Protocol;

namespace KvStore.Api.Grpc;

/// <summary>Turns problems into gRPC statuses. The first word of a message, and a trailer, is the code that REST has for it.</summary>
internal static class GrpcErrors
{
    /// <summary>The trailer with the code.</summary>
    public const string Trailer = "kvstore-error-code";

    /// <summary>The status of a problem.</summary>
    public static RpcException Of(Problem problem)
    {
        var description = ErrorCatalogue.Describe(problem.Code);
        return Of((StatusCode)description.GrpcStatus, description.Name, problem.Detail);
    }

    /// <summary>A status with a name that only gRPC has.</summary>
    public static RpcException Of(StatusCode status, string name, string detail) =>
        new(new Status(status, $"{name}: {detail}"), new Metadata { { Trailer, name } });
}
