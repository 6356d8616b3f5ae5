namespace KvStore.Tests.Faults;

/// <summary>Has the log's thread wait before an operation on its disk, for as long as a test wants; and counts what it does.</summary>
internal sealed class LogGate : IDisposable
{
    private readonly DiskOperation _operation;
    private readonly ManualResetEventSlim _open = new(initialState: true);
    private readonly SemaphoreSlim _reached = new(0);
    private int _count;

    /// <param name="disk">The disk.</param>
    /// <param name="operation">Before which operation.</param>
    public LogGate(SimulatedDisk disk, DiskOperation operation = DiskOperation.Sync)
    {
        _operation = operation;
        disk.OnOperation = (asked, _) => Pass(asked);
    }

    /// <summary>How often the log has asked for the operation.</summary>
    public int Count => Volatile.Read(ref _count);

    public void Close() => _open.Reset();

    public void Open() => _open.Set();

    /// <summary>Waits until the log has come to the closed gate.</summary>
    public async Task ReachedAsync() =>
        (await _reached.WaitAsync(DiskStore.Deadline)).Should().BeTrue("the log comes to it");

    public void Dispose()
    {
        _open.Set();
        _open.Dispose();
        _reached.Dispose();
    }

    private void Pass(DiskOperation operation)
    {
        if (operation != _operation || Thread.CurrentThread.Name != "wal")
        {
            return;
        }

        Interlocked.Increment(ref _count);
        if (!_open.IsSet)
        {
            _reached.Release();
            _open.Wait();
        }
    }
}
