namespace KvStore.Core.Store;

/// <summary>Runs work that is done in slices: at once where it is little, and giving way to others where it is much.</summary>
internal static class Slices
{
    // About a millisecond of work, after which the thread is offered to others.
    private const int Turn = 16;

    /// <summary>Runs slices until there are no more.</summary>
    /// <param name="step">Does a slice; false after the last.</param>
    /// <param name="result">Gives the result, after the last slice.</param>
    /// <param name="cancellationToken">Ends the work between two slices.</param>
    public static ValueTask<T> RunAsync<T>(Func<bool> step, Func<T> result, CancellationToken cancellationToken) =>
        RunTurn(step, cancellationToken) ? ContinueAsync(step, result, cancellationToken) : new(result());

    private static async ValueTask<T> ContinueAsync<T>(Func<bool> step, Func<T> result, CancellationToken cancellationToken)
    {
        do
        {
            await Task.Yield();
        }
        while (RunTurn(step, cancellationToken));

        return result();
    }

    private static bool RunTurn(Func<bool> step, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Turn; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!step())
            {
                return false;
            }

            // Whoever waits for this processor has it now, and not only when the system ends a turn of some milliseconds.
            Thread.Yield();
        }

        return true;
    }
}
