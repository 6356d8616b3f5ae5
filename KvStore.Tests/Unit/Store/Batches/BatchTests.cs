using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Core.Store.Batches;
using KvStore.Tests.Support;
using static KvStore.Tests.Support.BatchStep;

namespace KvStore.Tests.Unit.Store.Batches;

public sealed class BatchTests
{
    private readonly ShardedStore _store = new();

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(1_000)]
    public void Each_operation_is_carried_out_as_if_it_had_come_alone_whatever_fits_a_turn(int turn)
    {
        var results = _store.Execute(
            turn,
            Get("a"),
            Set("a", "1"),
            SetIf(WriteCondition.Absent, "a", "2"),
            Get("a"),
            SetIf(WriteCondition.Is(1), "a", "3"),
            Delete("a", WriteCondition.Is(1)),
            Delete("a"),
            Delete("a"),
            Set(new string('k', 1_025)),
            Get(""));

        results.Select(entry => entry.Result with { ContentType = "" }).Should().Equal(
            new BatchResult(BatchKind.Get, ErrorCode.KeyNotFound),
            new BatchResult(BatchKind.Set, ErrorCode.None, 1, Created: true),
            new BatchResult(BatchKind.Set, ErrorCode.RevisionMismatch, 1),
            new BatchResult(BatchKind.Get, ErrorCode.None, 1),
            new BatchResult(BatchKind.Set, ErrorCode.None, 2),
            new BatchResult(BatchKind.Delete, ErrorCode.RevisionMismatch, 2),
            new BatchResult(BatchKind.Delete, ErrorCode.None, 3),
            new BatchResult(BatchKind.Delete, ErrorCode.KeyNotFound),
            new BatchResult(BatchKind.Set, ErrorCode.KeyTooLong),
            new BatchResult(BatchKind.Get, ErrorCode.MalformedKey));
        results[3].Value.Should().Be("1");
        StoreIntegrity.Check(_store);
    }

    [Fact]
    public void Many_operations_on_many_keys_are_answered_each_with_its_own()
    {
        var keys = Enumerable.Range(0, 1_000).Select(i => $"key/{i}").ToList();

        _store.Execute(100, keys.Select(key => Set(key, "value of " + key)));

        _store.Execute(100, keys.Select(Get)).Select(entry => entry.Value).Should().Equal(keys.Select(key => "value of " + key));
        StoreIntegrity.CheckLog(_store);
    }
}
