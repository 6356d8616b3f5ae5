using FsCheck;
using FsCheck.Fluent;
using KvStore.Core.Search;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Model;

/// <summary>One step of a random history: carried out on a store and on its model, which must agree.</summary>
internal abstract record StoreCommand
{
    private static readonly Gen<Wanted> AnyWanted = Gen.Frequency(
        (6, Gen.Constant(Wanted.Anything)), (1, Gen.Constant(Wanted.Absent)), (1, Gen.Constant(Wanted.Present)));

    private static readonly Gen<string> AnyValue = Gen.OneOf(
        Gen.Elements("", "v", "value"), Gen.Choose(0, 3_000).Select(length => new string('v', length)));

    private static readonly Gen<int?> AnyTtl = Gen.Frequency(
        (3, Gen.Constant((int?)null)), (1, Gen.Choose(1, 50).Select(milliseconds => (int?)milliseconds)));

    /// <summary>Histories of up to a few hundred steps.</summary>
    public static Arbitrary<StoreCommand[]> Histories { get; } = Gen.Frequency<StoreCommand>(
            (8, from key in KeyGen.Key from value in AnyValue from ttl in AnyTtl from wanted in AnyWanted select (StoreCommand)new Set(key, value, ttl, wanted)),
            (3, from key in KeyGen.Key from wanted in AnyWanted select (StoreCommand)new Delete(key, wanted)),
            (3, from key in KeyGen.Key select (StoreCommand)new Get(key)),
            (1, from milliseconds in Gen.Choose(1, 40) select (StoreCommand)new Advance(milliseconds)),
            (1, Gen.Constant((StoreCommand)new Sweep())),
            (2, from prefix in KeyGen.Part from suffix in KeyGen.Part from limit in Gen.Choose(1, 9) select (StoreCommand)new Search(prefix, suffix, limit)),
            (1, from prefix in KeyGen.Part from suffix in KeyGen.Part select (StoreCommand)new Count(prefix, suffix)))
        .ArrayOf()
        .ToArbitrary();

    /// <summary>Carries the step out on both, and compares the answers.</summary>
    public abstract void Run(ShardedStore store, StoreModel model, ManualTime time);

    private sealed record Set(string Key, string Value, int? TtlMilliseconds, Wanted Wanted) : StoreCommand
    {
        public override void Run(ShardedStore store, StoreModel model, ManualTime time)
        {
            TimeSpan? ttl = TtlMilliseconds is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
            store.Set(Key, Value, new SetOptions(Ttl: ttl, Condition: Wanted.Condition())).Error
                .Should().Be(model.Set(Key, Value, TtlMilliseconds, Wanted));
        }
    }

    private sealed record Delete(string Key, Wanted Wanted) : StoreCommand
    {
        public override void Run(ShardedStore store, StoreModel model, ManualTime time) =>
            store.Delete(Key, Wanted.Condition()).Error.Should().Be(model.Delete(Key, Wanted));
    }

    private sealed record Get(string Key) : StoreCommand
    {
        public override void Run(ShardedStore store, StoreModel model, ManualTime time)
        {
            var error = store.Get(Key, out var value).Error;
            (error, value).Should().Be(model.Get(Key));
        }
    }

    private sealed record Advance(int Milliseconds) : StoreCommand
    {
        public override void Run(ShardedStore store, StoreModel model, ManualTime time) => time.Advance(Milliseconds);
    }

    private sealed record Sweep : StoreCommand
    {
        public override void Run(ShardedStore store, StoreModel model, ManualTime time) => store.SweepExpired();
    }

    private sealed record Search(string Prefix, string Suffix, int Limit) : StoreCommand
    {
        public override void Run(ShardedStore store, StoreModel model, ManualTime time)
        {
            var expected = model.Search(Prefix, Suffix).ToList();
            store.Search(Prefix, Suffix, Limit).Should().Equal(expected);

            // Any key serves as a cursor, whether it exists or not.
            var (keys, more) = store.Page(StoreCalls.Filter(Prefix, Suffix), KeyCursor.AfterKey(StoreCalls.Utf8(Prefix + "b")), Limit);
            var after = expected.Where(key => StoreCalls.Utf8(key).AsSpan().SequenceCompareTo(StoreCalls.Utf8(Prefix + "b")) > 0).ToList();
            keys.Should().Equal(after.Take(Limit));
            more.Should().Be(after.Count > Limit);
        }
    }

    private sealed record Count(string Prefix, string Suffix) : StoreCommand
    {
        public override void Run(ShardedStore store, StoreModel model, ManualTime time) =>
            store.Count(Prefix, Suffix).Should().Be(model.Search(Prefix, Suffix).Count());
    }
}
