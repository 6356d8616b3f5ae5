using System.Buffers;
using System.Buffers.Text;

namespace Loader;

/// <summary><c>PUT /kv/{key}</c>, answered by 201: the key is new.</summary>
internal sealed class KvStorePut(KeyShape keys) : ILoadProtocol
{
    /// <inheritdoc/>
    public int KeysOfRequest => 1;

    /// <inheritdoc/>
    public void WriteRequest(IBufferWriter<byte> output, long first, int count)
    {
        output.Write("PUT /kv/"u8);
        output.Advance(keys.Write(first, output.GetSpan(KeyShape.MaxBytes)));
        output.Write(" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 32\r\n\r\n"u8);
        Entries.WriteValue(first, output.GetSpan(Entries.ValueBytes));
        output.Advance(Entries.ValueBytes);
    }

    /// <inheritdoc/>
    public int ReadAnswer(ReadOnlySpan<byte> received) => HttpAnswer.Read(received, "HTTP/1.1 201 "u8, out _);
}

/// <summary>Redis: <c>SET key value</c>, or <c>ZADD keys 0 key</c> for a sorted set of the keys.</summary>
internal sealed class RedisCommand(KeyShape keys, bool isSortedSet) : ILoadProtocol
{
    /// <inheritdoc/>
    public int KeysOfRequest => 1;

    /// <inheritdoc/>
    public void WriteRequest(IBufferWriter<byte> output, long first, int count)
    {
        Span<byte> key = stackalloc byte[KeyShape.MaxBytes];
        key = key[..keys.Write(first, key)];
        if (isSortedSet)
        {
            output.Write("*4\r\n$4\r\nZADD\r\n$4\r\nkeys\r\n$1\r\n0\r\n"u8);
            WriteText(output, key);
            return;
        }

        Span<byte> value = stackalloc byte[Entries.ValueBytes];
        Entries.WriteValue(first, value);
        output.Write("*3\r\n$3\r\nSET\r\n"u8);
        WriteText(output, key);
        WriteText(output, value);
    }

    /// <inheritdoc/>
    public int ReadAnswer(ReadOnlySpan<byte> received)
    {
        var expected = isSortedSet ? ":1\r\n"u8 : "+OK\r\n"u8;
        if (!received.StartsWith(expected[..Math.Min(expected.Length, received.Length)]))
        {
            throw Entries.Unexpected(received);
        }

        return received.Length < expected.Length ? 0 : expected.Length;
    }

    private static void WriteText(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        output.Write("$"u8);
        output.Write(text.Length);
        output.Write("\r\n"u8);
        output.Write(text);
        output.Write("\r\n"u8);
    }
}

/// <summary>etcd's HTTP gateway: transactions of puts, which cost it less than puts one by one.</summary>
internal sealed class EtcdTransaction(KeyShape keys) : ILoadProtocol
{
    /// <inheritdoc/>
    /// <remarks>With more, the answer would be long enough for the gateway to send it without its length.</remarks>
    public int KeysOfRequest => 32;

    /// <inheritdoc/>
    public void WriteRequest(IBufferWriter<byte> output, long first, int count)
    {
        var body = new ArrayBufferWriter<byte>();
        for (var i = 0; i < count; i++)
        {
            WritePut(body, first + i);
        }

        output.Write("POST /v3/kv/txn HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "u8);
        output.Write(body.WrittenCount + """{"success":[]}"""u8.Length);
        output.Write("\r\n\r\n{\"success\":["u8);
        output.Write(body.WrittenSpan);
        output.Write("]}"u8);
    }

    /// <inheritdoc/>
    public int ReadAnswer(ReadOnlySpan<byte> received)
    {
        var length = HttpAnswer.Read(received, "HTTP/1.1 200 "u8, out var body);
        return length == 0 || body.IndexOf("\"succeeded\":true"u8) >= 0 ? length : throw Entries.Unexpected(received);
    }

    private void WritePut(ArrayBufferWriter<byte> body, long index)
    {
        Span<byte> key = stackalloc byte[KeyShape.MaxBytes];
        Span<byte> value = stackalloc byte[Entries.ValueBytes];
        key = key[..keys.Write(index, key)];
        Entries.WriteValue(index, value);
        body.Write(body.WrittenCount == 0 ? "{\"request_put\":{\"key\":\""u8 : ",{\"request_put\":{\"key\":\""u8);
        WriteBase64(body, key);
        body.Write("\",\"value\":\""u8);
        WriteBase64(body, value);
        body.Write("\"}}"u8);
    }

    private static void WriteBase64(IBufferWriter<byte> output, ReadOnlySpan<byte> bytes)
    {
        Base64.EncodeToUtf8(bytes, output.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out var written);
        output.Advance(written);
    }
}
