using KvStore.Core.Files;

namespace KvStore.Tests.Faults;

/// <content>What its directory and files ask of it, counted, and failing where that is planned.</content>
internal sealed partial class SimulatedDisk
{
    private const int NotFound = 2;
    private const int Exists = 17;

    private readonly long[] _counts = new long[Enum.GetValues<DiskOperation>().Length];
    private readonly DiskFaults _faults = new();
    private long _stopAt = long.MaxValue;

    /// <summary>Called before each operation, with its number among all but reads, from 1; a read has the number of the one before it. Called on the thread
    /// that asks for it, and outside of all locks, so that it may wait, look at the disk, plan a fault, or throw.</summary>
    public Action<DiskOperation, long>? OnOperation { get; set; }

    /// <summary>Operations so far, reads not counted.</summary>
    public long Operations { get; private set; }

    /// <summary>Whether the power is off, so that everything fails.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>How often an operation was asked for, failed or not.</summary>
    public long Count(DiskOperation operation)
    {
        lock (_gate)
        {
            return _counts[(int)operation];
        }
    }

    /// <summary>Plans a fault.</summary>
    public void Fail(DiskFault fault)
    {
        lock (_gate)
        {
            _faults.Add(fault);
        }
    }

    /// <summary>From now on nothing fails.</summary>
    public void ClearFaults()
    {
        lock (_gate)
        {
            _faults.Clear();
        }
    }

    /// <summary>Takes the power away before the operation of this number: it and all after it fail, and <see cref="PowerCut"/> shows what they left.</summary>
    public void StopAt(long operation)
    {
        lock (_gate)
        {
            _stopAt = operation;
        }
    }

    /// <summary>Takes the power away.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            IsStopped = true;
        }
    }

    internal void Close(SimulatedDirectory directory)
    {
        lock (_gate)
        {
            _owner = ReferenceEquals(_owner, directory) ? null : _owner;
        }
    }

    internal void Close(SimulatedDirectory.OpenFile file)
    {
        lock (_gate)
        {
            _open.Remove(file);
        }
    }

    internal IReadOnlyList<string> List()
    {
        lock (_gate)
        {
            ThrowIfStopped();
            return [.. _names.Current.Keys];
        }
    }

    internal SimulatedDirectory.OpenFile Open(string name, bool writable)
    {
        lock (_gate)
        {
            ThrowIfStopped();
            return Opened(name, Find(name, "could not be opened"), writable);
        }
    }

    internal SimulatedDirectory.OpenFile Create(string name)
    {
        var fault = Begin(DiskOperation.Create, name);
        lock (_gate)
        {
            const string What = "could not be made";
            Meet(fault, name, What);
            FileError.ThrowIf(_names.Current.ContainsKey(name) ? Exists : 0, At(name), What);
            var file = new SimulatedFile(++_files);
            _names.Create(name, file);
            return Opened(name, file, writable: true);
        }
    }

    internal void Rename(string from, string to)
    {
        var fault = Begin(DiskOperation.Rename, from);
        lock (_gate)
        {
            var what = $"could not be renamed to {to}";
            Meet(fault, from, what);
            Find(from, what);
            _names.Rename(from, to);
        }
    }

    internal void Delete(string name)
    {
        var fault = Begin(DiskOperation.Delete, name);
        lock (_gate)
        {
            const string What = "could not be removed";
            Meet(fault, name, What);
            Find(name, What);
            _names.Delete(name);
        }
    }

    internal void SyncNames()
    {
        var fault = Begin(DiskOperation.SyncNames, "");
        lock (_gate)
        {
            if (fault is not null)
            {
                _names.FailSync(fault.Part);
                MeetSync(fault, Path);
            }
            else if (!Flaws.HasFlag(DiskFlaws.SyncNamesDoesNothing))
            {
                _names.Sync();
            }
        }
    }

    internal long Length(SimulatedFile file)
    {
        lock (_gate)
        {
            ThrowIfStopped();
            return file.Length;
        }
    }

    internal int Read(string name, SimulatedFile file, long offset, Span<byte> destination)
    {
        var fault = Begin(DiskOperation.Read, name);
        lock (_gate)
        {
            Meet(fault, name, "could not be read");
            return file.Read(offset, destination);
        }
    }

    internal void Write(string name, SimulatedFile file, long offset, ReadOnlySpan<byte> bytes)
    {
        const string What = "could not be written";
        var fault = Begin(DiskOperation.Write, name);
        lock (_gate)
        {
            var most = Math.Min(fault?.Part ?? bytes.Length, bytes.Length);
            var fitting = Capacity == long.MaxValue ? most : file.Fitting(offset, most, Capacity - Used);
            if (fitting > 0)
            {
                _lastWrite = new DiskWrite(file, offset, fitting, file.Length);
                file.Write(offset, bytes[..fitting]);
            }

            FileError.ThrowIf(fitting < most ? DiskFault.NoSpace : 0, At(name), What);
            Meet(fault, name, What);
        }
    }

    internal void SetLength(string name, SimulatedFile file, long length)
    {
        var fault = Begin(DiskOperation.SetLength, name);
        lock (_gate)
        {
            Meet(fault, name, "could not be given another length");
            ForgetLastWrite(file);
            file.SetLength(length);
        }
    }

    internal void Sync(string name, SimulatedFile file)
    {
        var fault = Begin(DiskOperation.Sync, name);
        lock (_gate)
        {
            if (fault is not null)
            {
                ForgetLastWrite(file);
                file.FailSync(fault.Part);
                MeetSync(fault, At(name));
            }
            else if (!Flaws.HasFlag(DiskFlaws.SyncDoesNothing))
            {
                ForgetLastWrite(file);
                file.Sync();
            }
        }
    }

    private static string At(string name) => $"{Path}/{name}";

    private static void Meet(DiskFault? fault, string name, string what) => FileError.ThrowIf(fault?.Errno ?? 0, At(name), what);

    private void MeetSync(DiskFault fault, string path) =>
        FileError.ThrowIf(Flaws.HasFlag(DiskFlaws.SyncErrorsIgnored) ? 0 : fault.Errno, path, "could not be synced");

    private DiskFault? Begin(DiskOperation operation, string name)
    {
        long number;
        lock (_gate)
        {
            ThrowIfStopped();
            number = operation == DiskOperation.Read ? Operations : ++Operations;
            IsStopped = operation != DiskOperation.Read && number >= _stopAt;
            ThrowIfStopped();
            _counts[(int)operation]++;
        }

        OnOperation?.Invoke(operation, number);
        lock (_gate)
        {
            ThrowIfStopped();
            return _faults.Meet(operation, name);
        }
    }

    private void ThrowIfStopped()
    {
        if (IsStopped)
        {
            throw new DiskStoppedException();
        }
    }

    private SimulatedFile Find(string name, string what)
    {
        FileError.ThrowIf(_names.Current.ContainsKey(name) ? 0 : NotFound, At(name), what);
        return _names.Current[name];
    }

    private SimulatedDirectory.OpenFile Opened(string name, SimulatedFile file, bool writable)
    {
        var open = new SimulatedDirectory.OpenFile(this, name, file, writable);
        _open.Add(open);
        return open;
    }

    // A later change of the file is in the way of tearing it, and a sync has made it whole.
    private void ForgetLastWrite(SimulatedFile file) => _lastWrite = _lastWrite?.File == file ? null : _lastWrite;
}
