using System.Globalization;
using System.Text;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak;

/// <summary>
/// A store of many keys of every shape, written to by several threads while its snapshot is taken, comes back by any number of threads as what
/// it was in memory.
/// </summary>
[Collection(nameof(Alone))]
public sealed class RecoverySoakTests : IDisposable
{
    private const int Writers = 3;
    private const int KeysOfWriter = 10_000;

    // Text that is alike at its beginning, at its end, or all but for one place in the middle; that is the beginning or the end of another; of
    // bytes that are least and greatest in UTF-8; short; and too long for a byte to tell how long.
    private static readonly string[] Shapes =
    [
        "{0}", "{0:d9}", "user:{0:d8}:profile of some length", "\0{0}\0", "\U0010ffff{0:x}\U0010ffff", "a long prefix that all keys of this shape share: {0:d7}",
        "{0:d7} a long suffix that all keys of this shape share", "{0:d3}/", "/{0:d3}", "{0:d7}\0\0\0\0\0\0\0", "\0\0\0\0\0\0\0{0:d7}", "{0:d160}",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task What_was_written_beside_a_snapshot_comes_back_by_any_number_of_threads(int shards)
    {
        var written = new ShardedStore(shards: shards);
        await using (var durable = DurableStore.Open(_folder.Path, written, new DurabilityOptions { Sync = SyncMode.Never, SnapshotLogBytes = long.MaxValue }))
        {
            await durable.RecoverAsync();
            await WriteAsync(written, seed: 1);
            var more = WriteAsync(written, seed: 2);
            await durable.SnapshotAsync();
            await more;
            await WriteAsync(written, seed: 3);
        }

        foreach (var workers in (int[])[1, 2, 7])
        {
            using var directory = DataDirectory.Open(_folder.Path);
            var store = new ShardedStore(shards: shards);
            Recovery.Run(directory, store, workers: workers).LastRevision.Should().Be(written.Statistics.Revision);
            Compare(store, written);

            await Parallel.ForAsync(0, Writers, async (writer, _) => await WriteSomeAsync(store, writer, seed: 4));
            StoreIntegrity.Check(store);
        }
    }

    private static void Compare(ShardedStore store, ShardedStore written)
    {
        StoreIntegrity.Check(store);
        (store.Statistics with { OldestRevision = 0, ChangeLogBytes = 0, ExpiredKeys = 0 }).Should().Be(written.Statistics with { OldestRevision = 0, ChangeLogBytes = 0, ExpiredKeys = 0 });
        StoreIntegrity.Memory(store).Live.Should().Be(StoreIntegrity.Memory(written).Live);
        DirectoryBytes.Content(store).Should().Equal(DirectoryBytes.Content(written));
    }

    private static Task WriteAsync(ShardedStore store, int seed) =>
        Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteSomeAsync(store, writer, seed))));

    private static async Task WriteSomeAsync(ShardedStore store, int writer, int seed)
    {
        var random = new Random((seed * Writers) + writer);
        for (var i = 0; i < KeysOfWriter; i++)
        {
            var number = random.Next(KeysOfWriter / 4);
            var key = Encoding.UTF8.GetBytes(string.Format(CultureInfo.InvariantCulture, Shapes[random.Next(Shapes.Length)], number));
            if (random.Next(4) == 0)
            {
                await store.DeleteAsync(key);
                continue;
            }

            var bytes = random.Next(1_000) switch { 0 => random.Next(300_000), < 100 => 0, < 200 => random.Next(5_000), _ => random.Next(100) };
            var contentType = random.Next(3) switch { 0 => null, 1 => "application/json", _ => $"x/{random.Next(50)}" };
            TimeSpan? ttl = random.Next(5) == 0 ? TimeSpan.FromDays(random.Next(1, 5)) : null;
            var value = new byte[bytes];
            Array.Fill(value, (byte)random.Next('a', 'z'));
            await store.SetAsync(key, new(value), new SetOptions(contentType, ttl));
        }
    }
}
