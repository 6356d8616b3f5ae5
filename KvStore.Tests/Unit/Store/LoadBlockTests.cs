using System.Text;
using KvStore.Core.Store;

namespace KvStore.Tests.Unit.Store;

public sealed class LoadBlockTests
{
    private const int Shards = 4;

    private readonly LoadBlock _block = new(Shards);

    [Fact]
    public void Each_shard_gets_its_own_changes_in_their_order()
    {
        for (var i = 1; i <= 5_000; i++)
        {
            Add(i, $"key {i % 100}", record: i % 7 == 0 ? "" : $"record {i}");
        }

        _block.Commit();

        var all = Enumerable.Range(0, Shards).Select(Changes).ToList();
        all.Should().OnlyContain(changes => changes.Count > 0);
        all.Should().AllSatisfy(changes => changes.Select(change => change.Revision).Should().BeInAscendingOrder());
        all.SelectMany(changes => changes).OrderBy(change => change.Revision).Should().Equal(
            Enumerable.Range(1, 5_000).Select(i => ((long)i, $"key {i % 100}", i % 7 == 0 ? "" : $"record {i}")));
        Enumerable.Range(0, Shards).Should().AllSatisfy(shard => Changes(shard).Should().OnlyContain(change => ShardOf(change.Key) == shard));
    }

    [Fact]
    public void What_was_not_committed_is_not_in_it()
    {
        Add(1, "a", "1");
        _block.Commit();
        Add(2, "a", "2");

        Changes(ShardOf("a")).Should().Equal((1L, "a", "1"));
    }

    [Fact]
    public void It_is_used_again_when_all_have_read_it()
    {
        Add(1, "a", "1");
        _block.Commit();
        _block.Begin(readers: 2);

        _block.IsDoneByAll().Should().BeFalse();
        Changes(ShardOf("a")).Should().ContainSingle();
        _block.IsDoneByAll().Should().BeTrue();
        Changes(ShardOf("a")).Should().BeEmpty();

        Add(2, "a", "2");
        _block.Commit();
        Changes(ShardOf("a")).Should().Equal((2L, "a", "2"));
    }

    [Fact]
    public void It_is_full_after_some_bytes_and_takes_more()
    {
        Add(1, "a", "1");
        _block.IsFull.Should().BeFalse();
        Add(2, "a", new string('x', 10_000_000));
        _block.Commit();

        _block.IsFull.Should().BeTrue();
        Changes(ShardOf("a")).Select(change => change.Record.Length).Should().Equal(1, 10_000_000);

        _block.Clear();
        _block.IsFull.Should().BeFalse();
    }

    private static int ShardOf(string key) => ShardedStore.ShardOf(new HashedKey(Encoding.UTF8.GetBytes(key)).Hash, Shards);

    private void Add(long revision, string key, string record) => _block.Add(revision, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(record));

    private List<(long Revision, string Key, string Record)> Changes(int shard)
    {
        var changes = new List<(long Revision, string Key, string Record)>();
        for (var reader = _block.Of(shard); reader.MoveNext();)
        {
            changes.Add((reader.Revision, Encoding.UTF8.GetString(reader.Key.Bytes), Encoding.UTF8.GetString(reader.Record)));
        }

        return changes;
    }
}
