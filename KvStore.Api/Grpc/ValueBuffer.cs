using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Google.Protobuf;

namespace KvStore.Api.Grpc;

/// <summary>Holds a value between the store and a message, in memory that the next one may use again.</summary>
/// <remarks>Not thread safe.</remarks>
internal sealed class ValueBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstBytes = 1_024;

    // A thread keeps no more than this for good.
    private const int MostKeptBytes = 128 * 1_024;

    [ThreadStatic]
    private static ValueBuffer? _spare;

    private byte[] _bytes = new byte[FirstBytes];
    private int _length;

    private ValueBuffer()
    {
    }

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>An empty buffer; disposing gives it back.</summary>
    public static ValueBuffer Rent()
    {
        var buffer = _spare ?? new ValueBuffer();
        _spare = null;
        return buffer;
    }

    /// <summary>Forgets what has been written.</summary>
    public void Clear() => _length = 0;

    /// <summary>What has been written, as messages have it: a text where it is one and bytes are not asked for, and else bytes.</summary>
    public (string Text, ByteString Bytes) ToFields(bool asBytes) => ToFields(Written, asBytes);

    /// <summary>A value as messages have it.</summary>
    public static (string Text, ByteString Bytes) ToFields(ReadOnlySpan<byte> value, bool asBytes) => !asBytes && Utf8.IsValid(value)
        ? (Encoding.UTF8.GetString(value), ByteString.Empty)
        : ("", ByteString.CopyFrom(value));

    /// <inheritdoc />
    public void Advance(int count) => _length += count;

    /// <inheritdoc />
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc />
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var needed = _length + Math.Max(sizeHint, 1);
        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(needed, (int)Math.Min(2L * _bytes.Length, Array.MaxLength)));
        }

        return _bytes.AsMemory(_length);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Clear();
        if (_bytes.Length <= MostKeptBytes)
        {
            _spare = this;
        }
    }
}
