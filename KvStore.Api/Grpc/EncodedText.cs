using System.Text;
using KvStore.Api.Http;

namespace KvStore.Api.Grpc;

/// <summary>A string in UTF-8: where the caller has room for it, or in scratch memory. Disposing gives that back.</summary>
internal readonly ref struct EncodedText : IDisposable
{
    /// <summary>What a key of the default limit needs.</summary>
    public const int StackBytes = KeyPath.StackBytes;

    private readonly ScratchBuffer? _scratch;

    /// <summary>Encodes a string.</summary>
    /// <param name="text">The string.</param>
    /// <param name="room">Where to, if it fits.</param>
    public EncodedText(string text, Span<byte> room)
    {
        if (Encoding.UTF8.TryGetBytes(text, room, out var length))
        {
            Bytes = room[..length];
            return;
        }

        var scratch = new ScratchBuffer(Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, scratch.Memory.Span);
        _scratch = scratch;
        Bytes = scratch.Memory.Span;
    }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <inheritdoc />
    public void Dispose() => _scratch?.Dispose();
}
