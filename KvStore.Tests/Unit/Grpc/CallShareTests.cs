using KvStore.Grpc.Protocol;

namespace KvStore.Tests.Unit.Grpc;

public sealed class CallShareTests
{
    private const int Max = 100_000;

    private readonly CallMemory _memory = new(Max);

    [Fact]
    public void One_call_alone_has_room_however_much_it_takes_and_by_however_many_steps()
    {
        using var call = new CallShare(_memory);

        call.TryHold(5 * Max).Should().BeTrue();
        call.TryHold(5 * Max).Should().BeTrue();
    }

    [Fact]
    public void A_call_beside_others_has_room_up_to_the_limit_of_all()
    {
        using var first = new CallShare(_memory);
        using var second = new CallShare(_memory);
        first.TryHold(60_000).Should().BeTrue();

        second.TryHold(40_001).Should().BeFalse();
        second.TryHold(40_000).Should().BeTrue();
        first.TryHold(1).Should().BeFalse();
        first.Invoking(call => call.Hold(1)).Should().Throw<RpcException>().Which.Status.Should().Be(CallMemory.Full);
        (first.Held, second.Held).Should().Be((60_000, 40_000));
    }

    [Fact]
    public void What_is_given_back_is_room_for_others()
    {
        using var other = new CallShare(_memory);
        var call = new CallShare(_memory);
        call.Hold(Max);
        call.Release(Max - 20_000);
        other.TryHold(80_000).Should().BeTrue();
        other.TryHold(20_000).Should().BeFalse();

        call.Dispose();
        other.TryHold(20_000).Should().BeTrue();
    }

    [Fact]
    public void Short_calls_are_not_counted_until_they_are_long()
    {
        using var full = new CallShare(_memory);
        using var call = new CallShare(_memory);
        full.Hold(Max);

        call.TryHold(CallShare.LongBytes - 1).Should().BeTrue();
        call.TryHold(1).Should().BeFalse();

        full.Release(CallShare.LongBytes - 1);
        call.TryHold(1).Should().BeFalse("all of it counts then");
        full.Release(1);
        call.TryHold(1).Should().BeTrue();
    }
}
