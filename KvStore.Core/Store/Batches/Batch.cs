using System.Runtime.InteropServices;

namespace KvStore.Core.Store.Batches;

/// <summary>What an operation of a batch does.</summary>
public enum BatchKind : byte
{
    /// <summary>Reads a key.</summary>
    Get,

    /// <summary>Sets a key.</summary>
    Set,

    /// <summary>Deletes a key.</summary>
    Delete,
}

/// <summary>Operations that are sent together. Their keys and values lie in one buffer: none has a string or an array of its own.</summary>
/// <remarks>Not thread safe. The buffer stays as it is for as long as the batch is used.</remarks>
/// <param name="buffer">Has keys and values.</param>
/// <param name="capacity">How many operations there will be, where it is known.</param>
public sealed class Batch(ReadOnlyMemory<byte> buffer, int capacity = 0)
{
    private readonly List<Operation> _operations = new(capacity);

    // Most operations have no options: they share the first, so that one without takes 24 bytes.
    private readonly List<SetOptions> _options = [default];

    /// <summary>How many operations there are.</summary>
    public int Count => _operations.Count;

    /// <summary>Adds an operation.</summary>
    /// <param name="kind">What it does.</param>
    /// <param name="key">Where its key begins in the buffer, and its length.</param>
    /// <param name="value">The same of the value; only where it sets one.</param>
    /// <param name="options">How to set; of a delete only the condition counts.</param>
    public void Add(BatchKind kind, (int Start, int Length) key, (int Start, int Length) value = default, in SetOptions options = default)
    {
        var number = 0;
        if (options != default)
        {
            number = _options.Count;
            _options.Add(options);
        }

        _operations.Add(new Operation(kind, number, key.Start, key.Length, value.Start, value.Length));
    }

    /// <summary>What an operation does.</summary>
    public BatchKind Kind(int index) => _operations[index].Kind;

    /// <summary>An operation's key.</summary>
    public ReadOnlySpan<byte> Key(int index)
    {
        ref readonly var operation = ref CollectionsMarshal.AsSpan(_operations)[index];
        return buffer.Span.Slice(operation.KeyStart, operation.KeyLength);
    }

    /// <summary>The value that an operation sets.</summary>
    public ReadOnlyMemory<byte> Value(int index)
    {
        ref readonly var operation = ref CollectionsMarshal.AsSpan(_operations)[index];
        return buffer.Slice(operation.ValueStart, operation.ValueLength);
    }

    /// <summary>How an operation sets, and on what condition.</summary>
    public SetOptions Options(int index) => _options[_operations[index].Options];

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Operation(
        BatchKind Kind, int Options, int KeyStart, int KeyLength, int ValueStart, int ValueLength);
}
