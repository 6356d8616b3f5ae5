using System.Globalization;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Grpc.Protocol;

namespace KvStore.Api.Grpc;

/// <summary>Turns problems into gRPC statuses. The first word of a message, and a trailer, is the code that REST has for it.</summary>
internal static class GrpcErrors
{
    /// <summary>The trailer with the code.</summary>
    public const string Trailer = "kvstore-error-code";

    /// <summary>The header and trailer with the revision from which to go on.</summary>
    public const string Revision = "kvstore-revision";

    /// <summary>Trailers with what REST has as members of a problem: the key's revision, and the oldest whose change is kept.</summary>
    public const string CurrentRevision = "kvstore-current-revision", OldestRevision = "kvstore-oldest-revision";

    /// <summary>The status of a problem.</summary>
    public static RpcException Of(Problem problem)
    {
        var description = ErrorCatalogue.Describe(problem.Code);
        var trailers = new Metadata();
        Add(trailers, CurrentRevision, problem.CurrentRevision);
        Add(trailers, OldestRevision, problem.OldestRevision);
        return Of((StatusCode)description.GrpcStatus, description.Name, problem.Detail, trailers);
    }

    /// <summary>The status of a watch that ends, and from where it can be resumed.</summary>
    public static RpcException EndOfWatch(StatusCode status, string name, string detail, long revision)
    {
        var trailers = new Metadata();
        Add(trailers, Revision, revision);
        return Of(status, name, detail, trailers);
    }

    /// <summary>How the protocol's own errors are told.</summary>
    public static (Status Status, Metadata? Trailers) Describe(Status status, string name)
    {
        var described = Of(status.Code, name, status.Detail, []);
        return (described.Status, described.Trailers);
    }

    private static RpcException Of(StatusCode status, string name, string detail, Metadata trailers)
    {
        trailers.Add(Trailer, name);
        return new RpcException(new Status(status, $"{name}: {detail}"), trailers);
    }

    private static void Add(Metadata trailers, string name, long? number)
    {
        if (number is { } given)
        {
            trailers.Add(name, given.ToString(CultureInfo.InvariantCulture));
        }
    }
}
