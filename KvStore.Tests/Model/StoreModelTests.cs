using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Core.Errors;
using KvStore.Core.Search;
using KvStore.Core.Store;
using KvStore.Core.Store.Batches;
using KvStore.Core.Watching;
using KvStore.Tests.Support;

namespace KvStore.Tests.Model;

public sealed class StoreModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void A_store_answers_every_script_as_a_sorted_dictionary_does(int shards)
    {
        Prop.ForAll(StoreScript.Any, script =>
        {
            var time = new ManualTime();
            var store = new ShardedStore(StoreRun.Limits, shards, time);
            new StoreRun(store, store.SweepExpired, time).Run(script.Commands);
            StoreIntegrity.Check(store);
            StoreIntegrity.CheckLog(store);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Fact]
    public void A_store_goes_on_from_its_files_as_if_it_had_never_ended()
    {
        Prop.ForAll(StoreScript.AnyOfFiles, script =>
        {
            var time = new ManualTime();
            using var files = new RestartedStore(time);
            new StoreRun(files, time).Run(script.Commands.Append(new Restart(IsCrash: false, Milliseconds: 0)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Fact]
    public void A_fault_is_found_and_shown_by_the_fewest_commands()
    {
        StoreScript? smallest = null;

        Prop.ForAll(StoreScript.Any, script =>
        {
            var time = new ManualTime();
            var store = new ShardedStore(StoreRun.Limits, time: time);
            try
            {
                new StoreRun(new ForgetfulStore(store), store.SweepExpired, time).Run(script.Commands);
            }
            catch (Exception)
            {
                // Shrinking goes from one failing script to a smaller failing one, so the last to fail is the smallest.
                smallest = script;
                throw;
            }
        }).Invoking(property => property.Check(Config.QuickThrowOnFailure)).Should().Throw<Exception>();

        smallest!.ToString().Should().MatchRegex(@"^set ""[^""]+"" = """"\ndelete ""[^""]+""$");
    }

    [Fact]
    public void A_script_reads_as_what_it_does()
    {
        var script = new StoreScript(
        [
            new SetKey("é/\0", "1", "x/y", 5, Condition.Absent),
            new DeleteKey("a", Condition.None),
            new SearchKeys("a", "", null, 3),
        ]);

        script.ToString().Should().Be(
            """
            set "\u{e9}/\u{0}" = "1" as x/y for 5 ms if Absent
            delete "a"
            search "a".."" after null, 3 at most
            """);
    }

    /// <summary>A store with a fault: it says that it has deleted, and has not.</summary>
    private sealed class ForgetfulStore(IKeyValueStore store) : IKeyValueStore
    {
        public StoreLimits Limits => store.Limits;

        public StoreStatistics Statistics => store.Statistics;

        public ValueTask<long> GetSettledRevisionAsync(CancellationToken cancellationToken = default) =>
            store.GetSettledRevisionAsync(cancellationToken);

        public ValueTask<ReadResult> GetAsync(
            ReadOnlySpan<byte> key,
            IBufferWriter<byte>? destination,
            int maxBytes = int.MaxValue,
            CancellationToken cancellationToken = default) =>
            store.GetAsync(key, destination, maxBytes, cancellationToken);

        public ValueTask<WriteResult> SetAsync(
            ReadOnlySpan<byte> key,
            in ReadOnlySequence<byte> value,
            in SetOptions options = default,
            CancellationToken cancellationToken = default) =>
            store.SetAsync(key, value, options, cancellationToken);

        public ValueTask<WriteResult> DeleteAsync(
            ReadOnlySpan<byte> key, in WriteCondition condition = default, CancellationToken cancellationToken = default)
        {
            var read = store.GetAsync(key, null, cancellationToken: cancellationToken).Answer();
            return read.Error == ErrorCode.None && condition.IsNone
                ? new(new WriteResult(ErrorCode.None, store.Statistics.Revision + 1))
                : store.DeleteAsync(key, condition, cancellationToken);
        }

        public ValueTask<int> ExecuteAsync(
            Batch batch, int start, IBatchResults results, CancellationToken cancellationToken = default) =>
            store.ExecuteAsync(batch, start, results, cancellationToken);

        public ValueTask<BatchOutcome> ExecuteAtomicallyAsync(Batch batch, CancellationToken cancellationToken = default) =>
            store.ExecuteAtomicallyAsync(batch, cancellationToken);

        public ValueTask<bool> SearchAsync(
            KeyFilter filter, KeyCursor cursor, int limit, KeyPage page, CancellationToken cancellationToken = default) =>
            store.SearchAsync(filter, cursor, limit, page, cancellationToken);

        public ValueTask<long> CountAsync(KeyFilter filter, CancellationToken cancellationToken = default) =>
            store.CountAsync(filter, cancellationToken);

        public IWatcher? Watch(KeyFilter filter, long? since = null) => store.Watch(filter, since);
    }
}
