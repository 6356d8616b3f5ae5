namespace KvStore.Tests.Soak.Crash;

/// <summary>What the soak takes for a loss, and what not: without a store.</summary>
public sealed class CrashHistoryTests
{
    private readonly CrashHistory _history = new();

    [Fact]
    public void An_acknowledged_write_must_be_there()
    {
        _history.Acknowledge(Set("k"), 1);

        Settling(("k", null)).Should().Throw<CrashFault>().WithMessage("*is lost*");
    }

    [Fact]
    public void An_acknowledged_write_must_not_give_way_to_the_one_before()
    {
        var first = Set("k");
        _history.Acknowledge(first, 1);
        _history.Acknowledge(Set("k"), 2);

        FluentActions.Invoking(() => Read(first, 1)).Should().Throw<CrashFault>().WithMessage("*was read after*");
        Settling(("k", first)).Should().Throw<CrashFault>().WithMessage("*is lost*");
    }

    [Fact]
    public void A_deleted_key_must_not_come_back()
    {
        var set = Set("k");
        _history.Acknowledge(set);
        _history.Acknowledge(_history.BeginDelete("k"));

        Settling(("k", set)).Should().Throw<CrashFault>();
        Settling(("k", null)).Should().NotThrow();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_write_without_an_answer_may_be_there_or_not(bool isThere)
    {
        var first = Set("k");
        _history.Acknowledge(first, 1);
        var second = Set("k");
        if (isThere)
        {
            Read(second, 2);
        }

        Settling(("k", isThere ? second : first)).Should().NotThrow();
    }

    [Fact]
    public void A_write_without_an_answer_that_was_shown_must_be_there()
    {
        var first = Set("k");
        _history.Acknowledge(first, 1);
        Read(Set("k"), 2);

        Settling(("k", first)).Should().Throw<CrashFault>();
    }

    [Fact]
    public void A_key_that_was_shown_to_be_missing_stays_so()
    {
        var set = Set("k");
        _history.Acknowledge(set, 1);
        _history.BeginDelete("k");
        _history.Read("k", new CrashState(null), _history.Now(), sentTime: 0);

        Settling(("k", set)).Should().Throw<CrashFault>();
        Settling(("k", null)).Should().NotThrow();
    }

    [Fact]
    public void A_listed_key_must_be_there()
    {
        Set("k");
        _history.List("k", _history.Now());

        Settling(("k", null)).Should().Throw<CrashFault>();
    }

    [Fact]
    public void A_key_may_be_missing_when_it_can_have_expired()
    {
        var set = _history.BeginSet("k", length: 20, isText: true, ttl: 1_000);
        _history.Acknowledge(set, 1);
        _history.List("k", _history.Now());

        Settling(set.SentTime + 999, ("k", null)).Should().Throw<CrashFault>();
        Settling(set.SentTime + 1_000, ("k", null)).Should().NotThrow();
    }

    [Fact]
    public void A_key_may_expire_between_its_read_and_the_end_of_the_check()
    {
        var set = _history.BeginSet("k", length: 20, isText: true, ttl: 1_000);
        Read(set, 1, expiresAt: 1_000);
        _history.WatchRemoval("k", 2, isExpiry: true);

        Settling(now: 1_000, ("k", set)).Should().NotThrow();
    }

    [Fact]
    public void A_read_of_what_has_expired_or_expires_at_another_time_is_wrong()
    {
        var set = _history.BeginSet("k", length: 20, isText: true, ttl: 1_000);
        Read(set, 1, expiresAt: 5_000);

        FluentActions.Invoking(() => Read(set, 1, expiresAt: 5_001)).Should().Throw<CrashFault>();
        FluentActions.Invoking(() => Read(set, 1, expiresAt: 0)).Should().Throw<CrashFault>();
        FluentActions.Invoking(() => Read(set, 1, expiresAt: 5_000, sentTime: 5_000)).Should().Throw<CrashFault>();
    }

    [Fact]
    public void An_atomic_batch_of_which_a_part_is_there_is_wrong()
    {
        var (a, b) = Batch();
        Read(a, 7);

        Settling(("a", a), ("b", null)).Should().Throw<CrashFault>();
    }

    [Fact]
    public void An_atomic_batch_has_consecutive_revisions_and_is_whole_or_not_there()
    {
        Batch();
        Settling(("a", null), ("b", null)).Should().NotThrow();

        var (a, b) = Batch();
        Read(a, 7);
        Read(b, 8);
        Settling(("a", a), ("b", b)).Should().NotThrow();

        var (c, d) = Batch();
        Read(c, 9);
        Read(d, 11);
        Settling(("a", c), ("b", d)).Should().Throw<CrashFault>();
    }

    [Fact]
    public void A_value_that_nobody_wrote_and_a_revision_of_two_writes_are_wrong()
    {
        var set = Set("k");
        var bytes = set.Content.Bytes();
        bytes[^1]++;

        FluentActions.Invoking(() => _history.Read("k", new CrashState(bytes, set.Content.ContentType, 1), _history.Now(), 0)).Should().Throw<CrashFault>();
        FluentActions.Invoking(() => _history.Read("other", new CrashState(set.Content.Bytes(), set.Content.ContentType, 1), _history.Now(), 0))
            .Should().Throw<CrashFault>();
        _history.Acknowledge(set, 1);
        FluentActions.Invoking(() => _history.Acknowledge(Set("l"), 1)).Should().Throw<CrashFault>();
    }

    [Fact]
    public void What_was_settled_is_what_the_next_round_begins_with()
    {
        var first = Set("k");
        _history.Acknowledge(first, 1);
        Settling(("k", first)).Should().NotThrow();

        Settling(("k", null)).Should().Throw<CrashFault>();
    }

    [Fact]
    public void Without_a_sync_what_comes_after_the_end_of_the_log_is_gone_and_the_rest_is_not()
    {
        var first = Set("k");
        _history.Acknowledge(first, 1);
        _history.Acknowledge(Set("k"), 2);
        _history.Lose(lastRevision: 1);

        Settling(("k", null)).Should().Throw<CrashFault>();
        Settling(("k", first)).Should().NotThrow();
        _history.Counts.NotLogged.Should().Be(1);
    }

    [Fact]
    public void Contents_of_all_lengths_tell_their_number()
    {
        for (var number = 1; number < 200; number++)
        {
            var content = new CrashContent(number, number % 25, number % 2 == 0);

            CrashContent.NumberOf(content.Bytes(), content.ContentType).Should().Be(number);
            content.Is(content.Bytes(), content.ContentType).Should().BeTrue();
        }
    }

    private CrashWrite Set(string key) => _history.BeginSet(key, length: 20, isText: true);

    private (CrashWrite First, CrashWrite Second) Batch()
    {
        var batch = new CrashBatch();
        var writes = (_history.BeginSet("a", length: 20, isText: true, batch: batch), _history.BeginSet("b", length: 0, isText: true, batch: batch));
        _history.Add(batch);
        return writes;
    }

    private void Read(CrashWrite set, long revision, long expiresAt = 0, long sentTime = 0) =>
        _history.Read(set.Key, new CrashState(set.Content.Bytes(), set.Content.ContentType, revision, expiresAt), _history.Now(), sentTime);

    private Action Settling(params (string Key, CrashWrite? Set)[] states) => Settling(now: 0, states);

    private Action Settling(long now, params (string Key, CrashWrite? Set)[] states) =>
        () => _history.Settle(states.ToDictionary(state => state.Key, state => state.Set, StringComparer.Ordinal), now);
}
