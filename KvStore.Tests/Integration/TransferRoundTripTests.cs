using FsCheck;
using FsCheck.Fluent;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

/// <summary>What is exported from one store is imported into another, whatever it is.</summary>
public sealed class TransferRoundTripTests
{
    private static readonly string?[] Types = [null, "application/json", "image/png", "text/css", "application/x-made-up; a=\"b\""];

    private static readonly Gen<(string Key, byte[] Value, SetOptions Options)[]> Records =
        (from key in AnyText.Key
         from value in AnyText.Value
         from type in Gen.Elements(Types)
         from expiry in Gen.Elements(0, 1, 1_767_225_600_001, 253_402_300_799_999)
         select (key, value, new SetOptions(type, ExpiresAt: expiry))).ArrayOf();

    [Fact]
    public void A_store_exported_and_imported_is_the_same_store()
    {
        Prop.ForAll(Records.ToArbitrary(), Gen.Choose(1, 50).ToArbitrary(), (records, pieceBytes) =>
        {
            var source = new ShardedStore(time: new ManualTime());
            foreach (var (key, value, options) in records)
            {
                source.Set(StoreCalls.Utf8(key), value, options);
            }

            var before = source.GetSettledRevisionAsync().Answer();
            var (revision, exported) = Transfer.ExportAsync(source).GetAwaiter().GetResult();
            revision.Should().Be(before, "it is asked for before the listing sweeps");

            foreach (var isGzip in (bool[])[false, true])
            {
                var target = new ShardedStore(time: new ManualTime());
                var body = new PieceStream(isGzip ? Transfer.Gzip(exported) : exported, pieceBytes);
                var (status, answer) = Transfer.ImportAsync(target, body, isGzip).GetAwaiter().GetResult();

                status.Should().Be(200, answer.ToString());
                answer.GetProperty("imported").GetInt64().Should().Be(source.Count());
                var (_, again) = Transfer.ExportAsync(target).GetAwaiter().GetResult();
                WithoutRevision(again).Should().Equal(WithoutRevision(exported));
                target.Statistics.Revision.Should().Be(source.Count(), "each record got the next revision");
            }
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_048_576)]
    public async Task Long_values_come_through_in_pieces(int length)
    {
        var source = new ShardedStore();
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        source.Set(StoreCalls.Utf8("bytes"), bytes);
        source.Set("text", string.Concat(Enumerable.Repeat("\u0001é\"", length / 4)));
        var (_, exported) = await Transfer.ExportAsync(source);

        var target = new ShardedStore();
        var (status, answer) = await Transfer.ImportAsync(target, new PieceStream(exported, 1_000), maxLineBytes: 10_000_000);

        status.Should().Be(200, answer.ToString());
        WithoutRevision((await Transfer.ExportAsync(target)).Body).Should().Equal(WithoutRevision(exported));
    }

    [Fact]
    public async Task A_key_whose_time_is_past_expires_at_once_with_what_it_held()
    {
        var store = new ShardedStore();
        store.Set("a", "held");

        var (status, answer) = await Transfer.ImportAsync(store, """{"key":"a","value":"late","expiresAt":"2000-01-01T00:00:00Z"}""");

        status.Should().Be(200);
        answer.GetProperty("imported").GetInt64().Should().Be(1);
        store.Has("a").Should().BeFalse();
        store.Statistics.Should().Match<StoreStatistics>(statistics => statistics.Keys == 0 && statistics.ExpiredKeys == 1 && statistics.Revision == 3);
    }

    private static IEnumerable<ExportedLine> WithoutRevision(byte[] body) => Transfer.Parse(body).Select(line => line with { Revision = 0 });

    /// <summary>Gives its bytes in pieces of a size, as a network may.</summary>
    private sealed class PieceStream(byte[] bytes, int pieceBytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, pieceBytes)], cancellationToken);
    }
}
