using System.Diagnostics.CodeAnalysis;

namespace KvStore.Benchmarks;

/// <summary>Threads that live as long as a benchmark and do its work together, over and over.</summary>
/// <remarks>The caller is the first of them, so that one thread alone waits for nobody.</remarks>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Its threads end with the process.")]
internal sealed class Crew
{
    private readonly Barrier _gate;
    private Action<int> _work = static _ => { };

    /// <summary>Starts the threads beside the caller's.</summary>
    public Crew(int threads)
    {
        _gate = new Barrier(threads);
        for (var i = 1; i < threads; i++)
        {
            var thread = i;
            new Thread(() => Work(thread)) { IsBackground = true }.Start();
        }
    }

    /// <summary>Has every thread do its part, which is given the thread's number, and waits for all of them.</summary>
    public void Run(Action<int> work)
    {
        if (_gate.ParticipantCount == 1)
        {
            work(0);
            return;
        }

        _work = work;
        _gate.SignalAndWait();
        work(0);
        _gate.SignalAndWait();
    }

    private void Work(int thread)
    {
        while (true)
        {
            _gate.SignalAndWait();
            _work(thread);
            _gate.SignalAndWait();
        }
    }
}
