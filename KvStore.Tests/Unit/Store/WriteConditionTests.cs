using KvStore.Core.Store;

namespace KvStore.Tests.Unit.Store;

public sealed class WriteConditionTests
{
    public static TheoryData<string, long, bool> Table => new()
    {
        { "none", 0, true }, { "none", 5, true },
        { "absent", 0, true }, { "absent", 5, false },
        { "exists", 0, false }, { "exists", 5, true },
        { "is 5", 0, false }, { "is 5", 5, true }, { "is 5", 6, false },
        { "any of 5, 7", 0, false }, { "any of 5, 7", 5, true }, { "any of 5, 7", 6, false }, { "any of 5, 7", 7, true },
        { "any of nothing", 0, false }, { "any of nothing", 5, false },
        { "none of 5, 7", 0, true }, { "none of 5, 7", 5, false }, { "none of 5, 7", 6, true }, { "none of 5, 7", 7, false },
        { "none of nothing", 0, true }, { "none of nothing", 5, true },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void A_condition_holds_for_the_revisions_it_names(string condition, long current, bool holds)
    {
        Named(condition).Holds(current).Should().Be(holds);
    }

    [Fact]
    public void Only_no_condition_is_none()
    {
        default(WriteCondition).IsNone.Should().BeTrue();
        WriteCondition.None.IsNone.Should().BeTrue();
        WriteCondition.Absent.IsNone.Should().BeFalse();
        WriteCondition.IsNoneOf([]).IsNone.Should().BeFalse();
    }

    private static WriteCondition Named(string condition) => condition switch
    {
        "none" => WriteCondition.None,
        "absent" => WriteCondition.Absent,
        "exists" => WriteCondition.Exists,
        "is 5" => WriteCondition.Is(5),
        "any of 5, 7" => WriteCondition.IsAnyOf([5, 7]),
        "any of nothing" => WriteCondition.IsAnyOf([]),
        "none of 5, 7" => WriteCondition.IsNoneOf([5, 7]),
        "none of nothing" => WriteCondition.IsNoneOf([]),
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "No such condition."),
    };
}
