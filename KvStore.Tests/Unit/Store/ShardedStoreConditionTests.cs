using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Store;

public sealed class ShardedStoreConditionTests
{
    private readonly ManualTime _time = new();
    private readonly ShardedStore _store;

    public ShardedStoreConditionTests() => _store = new ShardedStore(time: _time);

    [Fact]
    public void Every_write_takes_the_next_revision_of_the_whole_store()
    {
        _store.Set("a").Revision.Should().Be(1);
        _store.Set("b").Revision.Should().Be(2);
        _store.Set("a").Revision.Should().Be(3);
        _store.Delete("b").Revision.Should().Be(4);
        _store.Set("c").Revision.Should().Be(5);

        _store.Get("a").Revision.Should().Be(3);
        _store.Statistics.Revision.Should().Be(5);
    }

    [Fact]
    public void What_is_not_carried_out_takes_no_revision()
    {
        _store.Set("a");

        _store.Delete("missing").Error.Should().Be(ErrorCode.KeyNotFound);
        _store.SetIf(WriteCondition.Absent, "a").Error.Should().Be(ErrorCode.RevisionMismatch);
        _store.Delete("a", WriteCondition.Is(7)).Error.Should().Be(ErrorCode.RevisionMismatch);
        _store.Set("").Error.Should().Be(ErrorCode.MalformedKey);
        _store.Get("a").Revision.Should().Be(1);
        _store.Search().Should().Equal("a");

        _store.Statistics.Revision.Should().Be(1);
        _store.Set("b").Revision.Should().Be(2);
    }

    [Fact]
    public void A_set_at_the_current_revision_is_carried_out_once()
    {
        _store.Set("a", "1");

        _store.SetIf(WriteCondition.Is(1), "a", "2").Should().Be(new WriteResult(ErrorCode.None, Revision: 2));
        _store.SetIf(WriteCondition.Is(1), "a", "3").Should().Be(new WriteResult(ErrorCode.RevisionMismatch, Revision: 2));

        _store.Get("a", out var value);
        value.Should().Be("2");
    }

    [Fact]
    public void A_failed_condition_leaves_expiry_and_content_type_alone()
    {
        _store.Set("a", "1", new SetOptions("image/png", TimeSpan.FromSeconds(1)));
        var before = _store.Get("a");

        _store.SetIf(WriteCondition.Is(9), "a", "2").Error.Should().Be(ErrorCode.RevisionMismatch);

        _store.Get("a").Should().Be(before);
    }

    [Fact]
    public void Absent_creates_and_never_replaces()
    {
        _store.SetIf(WriteCondition.Absent, "a", "1").Should().Be(new WriteResult(ErrorCode.None, 1, Created: true));
        _store.SetIf(WriteCondition.Absent, "a", "2").Should().Be(new WriteResult(ErrorCode.RevisionMismatch, 1));

        _store.Delete("a");
        _store.SetIf(WriteCondition.Absent, "a", "3").Should().Be(new WriteResult(ErrorCode.None, 3, Created: true));
    }

    [Fact]
    public void Exists_replaces_and_never_creates()
    {
        _store.SetIf(WriteCondition.Exists, "a", "1").Should().Be(new WriteResult(ErrorCode.RevisionMismatch, Revision: 0));
        _store.Has("a").Should().BeFalse();

        _store.Set("a", "1");
        _store.SetIf(WriteCondition.Exists, "a", "2").Error.Should().Be(ErrorCode.None);
    }

    [Fact]
    public void Any_of_several_revisions_will_do()
    {
        _store.Set("a", "1");
        _store.Set("a", "2");

        _store.SetIf(WriteCondition.IsAnyOf([1, 3]), "a").Should().Be(new WriteResult(ErrorCode.RevisionMismatch, 2));
        _store.SetIf(WriteCondition.IsAnyOf([1, 2]), "a").Should().Be(new WriteResult(ErrorCode.None, 3));
        _store.SetIf(WriteCondition.IsNoneOf([1, 3]), "a").Should().Be(new WriteResult(ErrorCode.RevisionMismatch, 3));
        _store.SetIf(WriteCondition.IsNoneOf([1, 2]), "a").Should().Be(new WriteResult(ErrorCode.None, 4));
    }

    [Fact]
    public void A_conditional_delete_of_a_missing_key_is_a_mismatch()
    {
        _store.Delete("a", WriteCondition.Exists).Should().Be(new WriteResult(ErrorCode.RevisionMismatch, Revision: 0));
        _store.Delete("a", WriteCondition.Is(1)).Should().Be(new WriteResult(ErrorCode.RevisionMismatch, Revision: 0));
        _store.Delete("a", WriteCondition.Absent).Should().Be(new WriteResult(ErrorCode.KeyNotFound));
    }

    [Fact]
    public void A_conditional_delete_removes_only_the_revision_named()
    {
        _store.Set("a", "1");
        _store.Set("a", "2");

        _store.Delete("a", WriteCondition.Is(1)).Should().Be(new WriteResult(ErrorCode.RevisionMismatch, Revision: 2));
        _store.Delete("a", WriteCondition.Is(2)).Should().Be(new WriteResult(ErrorCode.None, Revision: 3));
        _store.Has("a").Should().BeFalse();
    }

    [Fact]
    public void An_expired_key_does_not_exist_for_a_condition()
    {
        _store.SetFor(10, "a").Revision.Should().Be(1);
        _time.Advance(10);

        _store.SetIf(WriteCondition.Is(1), "a").Should().Be(new WriteResult(ErrorCode.RevisionMismatch, Revision: 0));
        _store.SetIf(WriteCondition.Absent, "a").Created.Should().BeTrue();
    }
}
