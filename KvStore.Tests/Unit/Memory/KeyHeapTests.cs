using KvStore.Core.Memory;

namespace KvStore.Tests.Unit.Memory;

public sealed class KeyHeapTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_382)]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(65_535)]
    public void A_key_of_any_length_reads_back(int length)
    {
        var heap = new KeyHeap();
        var key = new byte[length];
        new Random(length).NextBytes(key);

        var first = heap.Add(key);
        var second = heap.Add(key);

        heap[first].SequenceEqual(key).Should().BeTrue();
        heap[second].SequenceEqual(key).Should().BeTrue();
        heap.Free(first);
        heap[second].SequenceEqual(key).Should().BeTrue();
        heap.Free(second);
        heap.LiveBytes.Should().Be(0);
    }
}
