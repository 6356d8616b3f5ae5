using System.Buffers.Binary;
using KvStore.Core.Changes;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak;

/// <summary>Writers and readers of a log that is so small that they get in each other's way all the time.</summary>
public sealed class ChangeLogSoakTests
{
    private const int Writers = 4;
    private const int ChangesOfEach = 100_000;
    private const int Changes = Writers * ChangesOfEach;

    private readonly ChangeLog _log = new(new ChangeLogLimits(WindowBytes: 65_536, WindowRecords: 256));

    [Fact]
    public async Task Every_reader_sees_each_change_once_in_order_and_whole_or_learns_that_it_is_gone()
    {
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(ReadAll)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAll(writer))));
        var seen = await Task.WhenAll(readers);

        _log.PublishedRevision.Should().Be(Changes);
        seen.Should().AllSatisfy(read => (read.Found + read.Gone).Should().Be(Changes));
        seen.Sum(read => read.Found).Should().BePositive();
    }

    private void WriteAll(int seed)
    {
        var random = new Random(seed);
        var key = new byte[2_000];
        for (var i = 0; i < ChangesOfEach; i++)
        {
            var length = random.Next(100) == 0 ? random.Next(8, key.Length) : random.Next(8, 60);
            var slot = _log.Reserve(1, ChangeRecord.Size(length, 0));
            Fill(key.AsSpan(0, length), slot.Revision);
            if (random.Next(1_000) == 0)
            {
                Thread.Yield();
            }

            _log.Append(slot, ChangeKind.Delete, slot.Revision, key.AsSpan(0, length), default);
        }
    }

    private async Task<(long Found, long Gone)> ReadAll()
    {
        using var change = new ChangeBuffer();
        var (found, gone, next) = (0L, 0L, 1L);
        while (next <= Changes)
        {
            switch (_log.Read(next, change))
            {
                case ChangeReading.Found:
                    Check(change, next++);
                    found++;
                    break;
                case ChangeReading.Gone:
                    var oldest = Math.Max(_log.OldestRevision, next + 1);
                    gone += oldest - next;
                    next = oldest;
                    break;
                default:
                    await _log.WaitBeyondAsync(next - 1);
                    break;
            }
        }

        return (found, gone);
    }

    private static void Fill(Span<byte> key, long revision)
    {
        key.Fill((byte)revision);
        BinaryPrimitives.WriteInt64LittleEndian(key, revision);
    }

    private static void Check(ChangeBuffer change, long revision)
    {
        change.Timestamp.Should().Be(revision);
        if (BinaryPrimitives.ReadInt64LittleEndian(change.Key) != revision || change.Key[8..].ContainsAnyExcept((byte)revision))
        {
            throw new InvalidOperationException($"The change at {revision} is not what was written there.");
        }
    }
}
