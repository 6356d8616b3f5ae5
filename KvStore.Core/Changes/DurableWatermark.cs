using System.Threading.Tasks.Sources;

namespace KvStore.Core.Changes;

/// <summary>The revision up to which every change survives a power cut, and those who wait for it to come to theirs.</summary>
/// <remarks>
/// <para>Whoever waits goes on by a thread of the pool, and each for himself: one client's next requests must not be in the way of another's answer, nor of
/// the next sync.</para>
/// <para>Safe for any number of threads.</para>
/// </remarks>
internal sealed class DurableWatermark
{
    private const int MostKept = 1_024;

    private readonly Lock _gate = new();
    private readonly Stack<Waiter> _unused = new();
    private Waiter? _first;
    private Waiter? _last;
    private long _revision;
    private bool _isFailed;

    /// <summary>The revision.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Completes when the watermark has come to a revision; false where it never will.</summary>
    public ValueTask<bool> WaitAsync(long revision)
    {
        if (revision <= Revision)
        {
            return new(true);
        }

        lock (_gate)
        {
            if (revision <= _revision || _isFailed)
            {
                return new(revision <= _revision);
            }

            if (!_unused.TryPop(out var waiter))
            {
                waiter = new Waiter(this);
            }

            waiter.Revision = revision;
            waiter.Next = null;
            _last = _last is null ? _first = waiter : _last.Next = waiter;
            return new(waiter, waiter.Version);
        }
    }

    /// <summary>Raises the watermark.</summary>
    public void Advance(long revision)
    {
        lock (_gate)
        {
            Volatile.Write(ref _revision, revision);
        }

        Complete(revision);
    }

    /// <summary>Has all who wait, and all who will, learn that the watermark stays where it is.</summary>
    public void Fail()
    {
        lock (_gate)
        {
            _isFailed = true;
        }

        Complete(long.MaxValue);
    }

    private void Complete(long revision)
    {
        Waiter? served = null;
        lock (_gate)
        {
            Waiter? lastServed = null, lastWaiting = null, next;
            for (var waiter = _first; waiter is not null; waiter = next)
            {
                next = waiter.Next;
                if (waiter.Revision <= revision)
                {
                    Unlink(waiter, lastWaiting);
                    waiter.Next = null;
                    waiter.IsReached = waiter.Revision <= _revision;
                    lastServed = lastServed is null ? served = waiter : lastServed.Next = waiter;
                }
                else
                {
                    lastWaiting = waiter;
                }
            }
        }

        while (served is not null)
        {
            // Once completed it may be waiting again, for another.
            var next = served.Next;
            served.Complete();
            served = next;
        }
    }

    private void Unlink(Waiter waiter, Waiter? before)
    {
        if (before is null)
        {
            _first = waiter.Next;
        }
        else
        {
            before.Next = waiter.Next;
        }

        if (ReferenceEquals(_last, waiter))
        {
            _last = before;
        }
    }

    private void Return(Waiter waiter)
    {
        lock (_gate)
        {
            if (_unused.Count < MostKept)
            {
                _unused.Push(waiter);
            }
        }
    }

    /// <summary>One who waits.</summary>
    private sealed class Waiter(DurableWatermark watermark) : IValueTaskSource<bool>
    {
        private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

        public long Revision;
        public bool IsReached;
        public Waiter? Next;

        public short Version => _core.Version;

        public void Complete() => _core.SetResult(IsReached);

        public bool GetResult(short token)
        {
            var isReached = _core.GetResult(token);
            _core.Reset();
            watermark.Return(this);
            return isReached;
        }

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }
}
