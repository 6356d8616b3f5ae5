using Spectre.Console;
using Spectre.Console.Rendering;

namespace KvStore.Cli.Shell;

/// <summary>Shows a person how far a long command is, on standard error.</summary>
internal static class ProgressBar
{
    /// <summary>Runs work with a bar beside it, where there is a person to see it.</summary>
    /// <param name="terminal">Where to show it.</param>
    /// <param name="title">What is done.</param>
    /// <param name="total">How much there is to do; null for bytes of which nobody knows how many come.</param>
    /// <param name="workAsync">Does it, and tells how much is done.</param>
    public static Task RunAsync(Terminal terminal, string title, long? total, Func<Action<long>, Task> workAsync)
    {
        if (!terminal.IsErrorTerminal)
        {
            return workAsync(static _ => { });
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Error) });
        return console.Progress().Columns(ColumnsOf(total)).StartAsync(async context =>
        {
            var task = context.AddTask(title, maxValue: Math.Max(1, total ?? long.MaxValue));
            task.IsIndeterminate = total is null;
            await workAsync(done => task.Value = Math.Min(done, task.MaxValue));
            if (total is null)
            {
                task.IsIndeterminate = false;
                task.MaxValue = Math.Max(1, task.Value);
            }

            task.Value = task.MaxValue;
        });
    }

    private static ProgressColumn[] ColumnsOf(long? total) => total is null
        ? [new TaskDescriptionColumn(), new SpinnerColumn(), new BytesColumn(), new ElapsedTimeColumn()]
        : [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()];

    private sealed class BytesColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(Printable.Mebibytes(task.Value));
    }
}
