namespace KvStore.Tests.Faults;

/// <summary>An operation that is to fail.</summary>
/// <param name="Operation">Which kind.</param>
/// <param name="Nth">Which of them from now on, of those that <see cref="File"/> lets count; 1 = the next.</param>
internal sealed record DiskFault(DiskOperation Operation, int Nth = 1)
{
    public const int InputOutputError = 5;
    public const int NoSpace = 28;

    public int Errno { get; init; } = InputOutputError;

    /// <summary>Whether all that follow fail too.</summary>
    public bool Forever { get; init; }

    /// <summary>What was done before it failed: bytes of a write, sectors of a sync, names of a sync of names.</summary>
    public int Part { get; init; }

    /// <summary>The beginning of the names of the files that it is about; "" = all.</summary>
    public string File { get; init; } = "";
}

/// <summary>The faults still to come.</summary>
internal sealed class DiskFaults
{
    private readonly List<(DiskFault Fault, int Seen)> _planned = [];

    public void Add(DiskFault fault) => _planned.Add((fault, 0));

    public void Clear() => _planned.Clear();

    /// <summary>The fault that this operation meets, if any; one that was to happen once is then over.</summary>
    public DiskFault? Meet(DiskOperation operation, string name)
    {
        DiskFault? met = null;
        for (var i = 0; i < _planned.Count; i++)
        {
            var (fault, seen) = _planned[i];
            if (fault.Operation == operation && name.StartsWith(fault.File, StringComparison.Ordinal))
            {
                _planned[i] = (fault, ++seen);
                met ??= seen == fault.Nth || (seen > fault.Nth && fault.Forever) ? fault : null;
            }
        }

        _planned.RemoveAll(plan => plan.Seen >= plan.Fault.Nth && !plan.Fault.Forever);
        return met;
    }
}

/// <summary>The power is off.</summary>
internal sealed class DiskStoppedException() : IOException("The power is off.");
