using System.Runtime.CompilerServices;
using Google.Protobuf;
using KvStore.Grpc.Protocol;

namespace KvStore.Grpc.Client;

/// <summary>Reads the messages of an answer.</summary>
/// <remarks>Not thread safe: one message after the other.</remarks>
/// <typeparam name="T">The messages' type.</typeparam>
public sealed class AsyncStreamReader<T>
    where T : class, IMessage<T>, new()
{
    private readonly GrpcCall<T> _call;
    private T? _current;

    internal AsyncStreamReader(GrpcCall<T> call) => _call = call;

    /// <summary>The message that <see cref="MoveNext"/> came to.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public T Current => _current ?? throw new InvalidOperationException("There is no message here.");

    /// <summary>Goes to the next message.</summary>
    /// <param name="cancellationToken">Gives up the call, and not only this step.</param>
    /// <returns>False after the last.</returns>
    /// <exception cref="RpcException">The call ended with another status than that it did what it was asked for.</exception>
    public async Task<bool> MoveNext(CancellationToken cancellationToken = default)
    {
        _current = await _call.ReadAsync(cancellationToken);
        return _current is not null;
    }

    /// <summary>All messages that are still to come; throws as <see cref="MoveNext"/>.</summary>
    public async IAsyncEnumerable<T> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await _call.ReadAsync(cancellationToken) is { } message)
        {
            yield return message;
        }
    }
}
