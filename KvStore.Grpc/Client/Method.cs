using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace KvStore.Grpc.Client;

/// <summary>A method that can be called.</summary>
/// <typeparam name="TRequest">The type of the messages that are sent.</typeparam>
/// <typeparam name="TResponse">The type of the messages that are answered.</typeparam>
public sealed class Method<TRequest, TResponse>
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>, new()
{
    /// <summary>The method of a service that has a name.</summary>
    /// <exception cref="ArgumentException">There is none with these messages.</exception>
    public Method(ServiceDescriptor service, string name)
    {
        var method = service.FindMethodByName(name);
        if (method?.InputType.ClrType != typeof(TRequest) || method.OutputType.ClrType != typeof(TResponse))
        {
            throw new ArgumentException($"{service.FullName} has no method {name} with these messages.", nameof(name));
        }

        FullName = $"/{service.FullName}/{name}";
    }

    /// <summary>The path that calls it.</summary>
    public string FullName { get; }
}
