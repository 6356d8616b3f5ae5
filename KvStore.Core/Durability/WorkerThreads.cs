using System.Runtime.ExceptionServices;

namespace KvStore.Core.Durability;

/// <summary>Threads that do one piece of work together, and are waited for.</summary>
internal sealed class WorkerThreads : IDisposable
{
    private readonly List<Thread> _threads = [];
    private readonly CancellationTokenSource _stop;
    private ExceptionDispatchInfo? _failure;

    private WorkerThreads(CancellationToken cancellationToken) =>
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    /// <summary>Runs a body on so many threads.</summary>
    /// <param name="count">How many.</param>
    /// <param name="body">Is given its thread's number, from 0, and a token that is cancelled when another thread has failed.</param>
    /// <param name="cancellationToken">Is passed on.</param>
    public static WorkerThreads Start(int count, Action<int, CancellationToken> body, CancellationToken cancellationToken)
    {
        var workers = new WorkerThreads(cancellationToken);
        for (var i = 0; i < count; i++)
        {
            var number = i;
            workers._threads.Add(new Thread(() => workers.Run(body, number)) { IsBackground = true, Name = $"recovery-{number}" });
        }

        foreach (var thread in workers._threads)
        {
            thread.Start();
        }

        return workers;
    }

    /// <summary>Is cancelled when a thread has failed, or its starter says so.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Waits for all threads; throws what the first that failed threw.</summary>
    public void Join()
    {
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _failure?.Throw();
    }

    /// <summary>Ends the threads early, where they have not ended.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _stop.Dispose();
    }

    private void Run(Action<int, CancellationToken> body, int number)
    {
        try
        {
            body(number, _stop.Token);
        }
        catch (Exception exception)
        {
            if (Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null) is null)
            {
                _stop.Cancel();
            }
        }
    }
}
