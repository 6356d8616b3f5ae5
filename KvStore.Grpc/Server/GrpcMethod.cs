using Google.Protobuf.Reflection;

namespace KvStore.Grpc.Server;

/// <summary>A method of a service.</summary>
/// <param name="Descriptor">What its proto file says of it.</param>
public sealed record GrpcMethod(MethodDescriptor Descriptor)
{
    /// <summary>The service's full name, such as <c>grpc.health.v1.Health</c>.</summary>
    public string Service { get; } = Descriptor.Service.FullName;

    /// <summary>The method's name.</summary>
    public string Name { get; } = Descriptor.Name;

    /// <summary>The path that calls it.</summary>
    public string Path { get; } = $"/{Descriptor.Service.FullName}/{Descriptor.Name}";
}
