namespace KvStore.Core.Search.Tree;

/// <summary>Nodes of one size, in large arrays of numbers: no matter how many, the garbage collector has nothing to follow.</summary>
/// <remarks>Not thread safe. Nodes are numbered from 1.</remarks>
internal sealed class NodePool(int words)
{
    private const int NodesInChunk = 256;

    private readonly List<uint[]> _chunks = [];
    private uint _fresh = 1;
    private uint _free;

    /// <summary>Bytes of all nodes, in use or not.</summary>
    public long ReservedBytes => (long)_chunks.Count * NodesInChunk * words * sizeof(uint);

    /// <summary>A node, by its number.</summary>
    public TreeNode this[uint node] => new(Words(node));

    /// <summary>Sees to it that <paramref name="count"/> nodes can be taken without any memory.</summary>
    public void Reserve(int count)
    {
        while ((_fresh + (uint)count - 1) / NodesInChunk >= _chunks.Count)
        {
            _chunks.Add(GC.AllocateUninitializedArray<uint>(NodesInChunk * words));
        }
    }

    /// <summary>Takes an empty node, which has been reserved.</summary>
    public uint Take()
    {
        var node = _free;
        if (node != 0)
        {
            _free = this[node].Next;
        }
        else
        {
            node = _fresh++;
        }

        Words(node)[..2].Clear();
        return node;
    }

    /// <summary>Gives a node back.</summary>
    public void Return(uint node)
    {
        this[node].Next = _free;
        _free = node;
    }

    /// <summary>The words of a node.</summary>
    public Span<uint> Words(uint node) =>
        _chunks[(int)(node / NodesInChunk)].AsSpan((int)(node % NodesInChunk) * words, words);
}
