using System.IO.Pipelines;
using KvStore.Cli.Shell;

namespace KvStore.Tests.Unit.Cli;

public sealed class InterruptibleStreamTests
{
    [Fact]
    public async Task A_read_that_waits_for_input_can_be_given_up()
    {
        using var stop = new CancellationTokenSource();
        await using var stream = new InterruptibleStream(new Pipe().Reader.AsStream());
        var read = stream.ReadAsync(new byte[1], stop.Token).AsTask();

        await stop.CancelAsync();

        await ((Func<Task>)(() => read)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task A_write_that_nobody_takes_can_be_given_up_and_nothing_follows_it()
    {
        using var stop = new CancellationTokenSource();
        var full = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        await using var stream = new InterruptibleStream(full.Writer.AsStream());
        var write = stream.WriteAsync("first"u8.ToArray(), stop.Token).AsTask();

        await stop.CancelAsync();

        await ((Func<Task>)(() => write)).Should().ThrowAsync<OperationCanceledException>();
        await stream.WriteAsync("second"u8.ToArray(), CancellationToken.None);
        (await full.Reader.ReadAtLeastAsync(5)).Buffer.Length.Should().Be(5);
    }
}
