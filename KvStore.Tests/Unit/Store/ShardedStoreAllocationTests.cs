using System.Buffers;
using KvStore.Core.Records;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Store;

public sealed class ShardedStoreAllocationTests
{
    private const int Calls = 10_000;

    private readonly ShardedStore _store = new();
    private readonly ArrayBufferWriter<byte> _destination = new(256);

    [Theory]
    [InlineData(null, null)]
    [InlineData(ContentTypes.Json, null)]
    [InlineData(null, 60_000)]
    public void A_get_of_an_existing_key_allocates_nothing(string? contentType, int? ttl)
    {
        TimeSpan? duration = ttl is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
        _store.Set("key", new string('v', 32), new SetOptions(contentType, duration));

        AllocatedByGets("key"u8).Should().BeLessThan(Calls, "the runtime may do something once, such as growing its table of casts; not a byte a call");
    }

    [Fact]
    public void A_get_of_a_missing_key_allocates_nothing()
    {
        AllocatedByGets("key"u8).Should().BeLessThan(Calls, "the runtime may do something once, such as growing its table of casts; not a byte a call");
    }

    private long AllocatedByGets(ReadOnlySpan<byte> key)
    {
        Get(key);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Calls; i++)
        {
            Get(key);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private void Get(ReadOnlySpan<byte> key)
    {
        _destination.ResetWrittenCount();
        var read = _store.GetAsync(key, _destination);
        if (!read.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("A read in memory has to complete at once.");
        }
    }
}
