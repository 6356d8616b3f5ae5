using System.Buffers;
using System.Text;
using Google.Protobuf;
using KvStore.Api.Http;
using KvStore.Core.Store;

#pragma warning disable MA0100 // The store has used up spans and sequences when it returns a task, so their memory need not outlast it.

namespace KvStore.Api.Grpc;

/// <summary>Calls of the store with keys and values as messages have them.</summary>
/// <remarks>A write is not ended by a client that goes: it could not know whether it has been carried out.</remarks>
internal static class TextCalls
{
    /// <summary>Reads a key's value.</summary>
    public static ValueTask<ReadResult> GetAsync(
        this IKeyValueStore store, string key, IBufferWriter<byte> destination, CancellationToken cancellationToken)
    {
        using var encoded = new EncodedText(key, stackalloc byte[EncodedText.StackBytes]);
        return store.GetAsync(encoded.Bytes, destination, cancellationToken: cancellationToken);
    }

    /// <summary>Sets a key to a text.</summary>
    public static ValueTask<WriteResult> SetAsync(this IKeyValueStore store, string key, string value, in SetOptions options)
    {
        using var encoded = new EncodedText(key, stackalloc byte[EncodedText.StackBytes]);
        using var scratch = new ScratchBuffer(Encoding.UTF8.GetByteCount(value));
        Encoding.UTF8.GetBytes(value, scratch.Memory.Span);
        return store.SetAsync(encoded.Bytes, new ReadOnlySequence<byte>(scratch.Memory), options, CancellationToken.None);
    }

    /// <summary>Sets a key to bytes.</summary>
    public static ValueTask<WriteResult> SetAsync(this IKeyValueStore store, string key, ByteString value, in SetOptions options)
    {
        using var encoded = new EncodedText(key, stackalloc byte[EncodedText.StackBytes]);
        return store.SetAsync(encoded.Bytes, new ReadOnlySequence<byte>(value.Memory), options, CancellationToken.None);
    }

    /// <summary>Deletes a key.</summary>
    public static ValueTask<WriteResult> DeleteAsync(this IKeyValueStore store, string key, in WriteCondition condition)
    {
        using var encoded = new EncodedText(key, stackalloc byte[EncodedText.StackBytes]);
        return store.DeleteAsync(encoded.Bytes, condition, CancellationToken.None);
    }
}
