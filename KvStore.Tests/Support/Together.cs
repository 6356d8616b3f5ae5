using System.Runtime.ExceptionServices;

namespace KvStore.Tests.Support;

/// <summary>Runs work on several threads that begin at the same moment.</summary>
internal static class Together
{
    /// <summary>Runs every body on a thread of its own behind one start gate, and waits for all.</summary>
    /// <exception cref="Exception">The first fault of a body, as it was thrown.</exception>
    public static void Run(params IReadOnlyCollection<Action> bodies)
    {
        using var gate = new Barrier(bodies.Count);
        Exception? fault = null;
        var threads = bodies.Select(body => new Thread(() =>
        {
            gate.SignalAndWait();
            try
            {
                body();
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref fault, e, null);
            }
        })).ToList();

        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (fault is not null)
        {
            ExceptionDispatchInfo.Throw(fault);
        }
    }
}
