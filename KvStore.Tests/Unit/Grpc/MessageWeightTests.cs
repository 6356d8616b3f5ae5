using System.Buffers;
using Google.Protobuf;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;

namespace KvStore.Tests.Unit.Grpc;

public sealed class MessageWeightTests
{
    private const int Operations = 1_000;

    private static readonly byte[] Batch = new BatchRequest
    {
        Operations = { Enumerable.Range(0, Operations).Select(_ => new BatchOperation { Get = new GetRequest { Key = "k" } }) },
    }.ToByteArray();

    [Fact]
    public void Only_a_message_that_repeats_others_has_parts()
    {
        MessageWeight.HasParts(BatchRequest.Descriptor).Should().BeTrue();
        MessageWeight.HasParts(SetRequest.Descriptor).Should().BeFalse();
        MessageWeight.HasParts(BatchOperation.Descriptor).Should().BeFalse();
    }

    [Fact]
    public void Many_short_parts_weigh_no_less_than_they_take_as_objects()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = BatchRequest.Parser.ParseFrom(Batch);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before;

        Weigh(Batch).Should().BeGreaterThan(taken);
        message.Operations.Should().HaveCount(Operations);
    }

    [Fact]
    public void A_long_value_weighs_what_its_copies_take_and_little_more()
    {
        var message = new BatchRequest { Operations = { new BatchOperation { Set = new SetRequest { Key = "k", Value = new string('v', 1_000_000) } } } };

        Weigh(message.ToByteArray()).Should().BeInRange(3_000_000, 3_010_000);
    }

    [Fact]
    public void A_damaged_message_weighs_what_stands_before_the_damage()
    {
        var half = Batch[..(Batch.Length / 2)];
        Weigh([.. half, 0x0A, 0xFF, 0xFF]).Should().BeInRange(Weigh(Batch) / 2, Weigh(Batch));
        Weigh([0x0F, .. Batch]).Should().BeLessThan(Weigh(Batch));
        Weigh([]).Should().Be(0);
    }

    [Fact]
    public void What_is_in_a_group_is_no_part()
    {
        Weigh([0x9B, 0x06, .. Batch, 0x9C, 0x06]).Should().Be(3 * (Batch.Length + 4));
    }

    private static int CountParts(byte[] message) => MessageWeight.CountParts(new ReadOnlySequence<byte>(message), BatchRequest.Descriptor);

    private static long Weigh(byte[] message) => MessageWeight.Of(message.Length, CountParts(message));
}
