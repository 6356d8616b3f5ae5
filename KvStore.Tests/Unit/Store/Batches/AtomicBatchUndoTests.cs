using KvStore.Core.Changes;
using KvStore.Core.Errors;
using KvStore.Core.Memory;
using KvStore.Core.Search;
using KvStore.Core.Store;
using KvStore.Core.Store.Batches;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Store.Batches;

/// <summary>A batch that finds no memory midway, on shards whose index has room for some hundred keys.</summary>
public sealed class AtomicBatchUndoTests
{
    private readonly ManualTime _time = new();
    private readonly ChangeLog _log = new();
    private readonly KeyIndex _index = new(maxChunks: 2);
    private readonly Shard[] _shards;

    public AtomicBatchUndoTests() => _shards = [new Shard(_log, _index, new StoreClock(_time)), new Shard(_log, _index, new StoreClock(_time))];

    [Fact]
    public void A_batch_that_finds_no_memory_leaves_everything_as_it_was()
    {
        var ttl = new SetOptions(Ttl: TimeSpan.FromMilliseconds(5));
        Run(BatchStep.Set("kept", "1"), BatchStep.Set("deleted", "2", ttl));
        var before = (_shards[0].Totals, _shards[1].Totals, Live(), _index.Count, _log.LastRevision);
        var tooMany = Enumerable.Range(0, 2 * Slabs.ChunkBytes / 1_000).Select(i => BatchStep.Set($"{i}".PadLeft(1_000), new string('v', i * 20), ttl));

        var run = () => Run([BatchStep.Set("kept", "3", ttl), BatchStep.Delete("deleted"), .. tooMany]);

        run.Should().Throw<InvalidOperationException>();
        (_shards[0].Totals, _shards[1].Totals, Live(), _index.Count, _log.LastRevision).Should().Be(before);
        Run(BatchStep.Get("kept"), BatchStep.Get("deleted")).Select(entry => entry.Value).Should().Equal("1", "2");
        Run(BatchStep.Set("kept", "4"), BatchStep.Delete("deleted"), BatchStep.Set("new", "5", ttl)).Select(entry => entry.Result.Revision).Should().Equal(3, 4, 5);
        _log.PublishedRevision.Should().Be(5);
    }

    private long Live() => _shards.Sum(shard => shard.Memory.Live);

    private List<(BatchResult Result, string Value)> Run(params BatchStep[] steps) =>
        new AtomicBatch(steps.ToBatch(), _shards, _log, _ => ErrorCode.None, () => _time.UnixMilliseconds).Run().Results(steps.Length);
}
