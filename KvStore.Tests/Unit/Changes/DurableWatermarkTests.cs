using KvStore.Core.Changes;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Changes;

public sealed class DurableWatermarkTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly DurableWatermark _watermark = new();

    [Fact]
    public async Task Who_waits_for_what_is_reached_goes_on_at_once()
    {
        _watermark.Advance(3);

        _watermark.Revision.Should().Be(3);
        (await Answered(0)).Should().BeTrue();
        (await Answered(3)).Should().BeTrue();
        Waiting(4).IsCompleted.Should().BeFalse();
    }

    [Fact]
    public async Task Who_waits_goes_on_when_it_is_reached_and_not_before()
    {
        var (late, soon, soonToo) = (Waiting(7), Waiting(5), Waiting(4));

        _watermark.Advance(5);
        (await Task.WhenAll(soon, soonToo).WaitAsync(Deadline)).Should().AllBeEquivalentTo(true);
        late.IsCompleted.Should().BeFalse();

        _watermark.Advance(6);
        late.IsCompleted.Should().BeFalse();
        _watermark.Advance(8);
        (await late.WaitAsync(Deadline)).Should().BeTrue();
    }

    [Fact]
    public async Task After_a_failure_no_one_waits_and_each_learns_whether_it_was_reached()
    {
        _watermark.Advance(2);
        var waiting = Waiting(3);

        _watermark.Fail();
        (await waiting.WaitAsync(Deadline)).Should().BeFalse();
        (await Answered(2)).Should().BeTrue();
        (await Answered(3)).Should().BeFalse();
        _watermark.Fail();
        _watermark.Revision.Should().Be(2);
    }

    [Fact]
    public async Task Whoever_is_completed_may_wait_again_at_once()
    {
        var chains = Enumerable.Range(0, 10).Select(async chain =>
        {
            for (var revision = 1 + (chain % 3); revision <= 1_000; revision += 1 + (chain % 3))
            {
                (await _watermark.WaitAsync(revision)).Should().BeTrue();
                _watermark.Revision.Should().BeGreaterThanOrEqualTo(revision);
            }
        }).ToList();

        for (var revision = 1; revision <= 1_000; revision++)
        {
            _watermark.Advance(revision);
        }

        await Task.WhenAll(chains).WaitAsync(Deadline);
    }

    [Fact]
    public void Many_who_wait_while_it_rises_are_each_served_when_theirs_is_reached()
    {
        const int Last = 20_000;
        Together.Run(
        [
            () =>
            {
                for (var revision = 1; revision <= Last; revision++)
                {
                    _watermark.Advance(revision);
                }
            },
            .. Enumerable.Range(0, 3).Select(thread => (Action)(() =>
            {
                var random = new Random(thread);
                for (var revision = 1; revision <= Last; revision += random.Next(1, 50))
                {
                    Waiting(revision).WaitAsync(Deadline).GetAwaiter().GetResult().Should().BeTrue();
                    _watermark.Revision.Should().BeGreaterThanOrEqualTo(revision);
                }
            })),
        ]);
    }

    private Task<bool> Answered(long revision)
    {
        var answer = Waiting(revision);
        answer.IsCompleted.Should().BeTrue();
        return answer;
    }

    private Task<bool> Waiting(long revision) => _watermark.WaitAsync(revision).AsTask();
}
