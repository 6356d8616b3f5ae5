using Google.Protobuf.Reflection;

namespace KvStore.Grpc.Server;

/// <summary>A service whose methods clients call.</summary>
public interface IGrpcService
{
    /// <summary>What its proto file says of it.</summary>
    ServiceDescriptor Descriptor { get; }

    /// <summary>Says what answers each of its methods. Called once.</summary>
    void Bind(MethodBinder methods);
}
