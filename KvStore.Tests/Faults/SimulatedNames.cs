namespace KvStore.Tests.Faults;

/// <summary>The names of a simulated disk: those that its users see, those that are durable, and the changes between.</summary>
internal sealed class SimulatedNames
{
    private readonly SortedDictionary<string, SimulatedFile> _current = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SimulatedFile> _durable = new(StringComparer.Ordinal);
    private readonly List<Change> _unsynced = [];

    /// <summary>What its users see.</summary>
    public IReadOnlyDictionary<string, SimulatedFile> Current => _current;

    /// <summary>What a power cut cannot take.</summary>
    public IReadOnlyDictionary<string, SimulatedFile> Durable => _durable;

    public void Create(string name, SimulatedFile file) => Make(new Change(null, name, file));

    public void Rename(string from, string to) => Make(new Change(from, to, _current[from]));

    public void Delete(string name) => Make(new Change(name, null, _current[name]));

    public void Sync() => FailSync(int.MaxValue);

    /// <summary>Makes so many changes durable, and forgets that the others are not.</summary>
    public void FailSync(int changes)
    {
        Apply(_unsynced.Take(changes), _durable);
        _unsynced.Clear();
    }

    /// <summary>What a power cut leaves, of files that it leaves too.</summary>
    public SimulatedNames Survive(Cut cut, Func<SimulatedFile, SimulatedFile> survive)
    {
        var names = new SortedDictionary<string, SimulatedFile>(_durable, StringComparer.Ordinal);
        Apply(_unsynced.Take(cut.Names(_unsynced.Count)), names);
        var left = new SimulatedNames();
        foreach (var (name, file) in names)
        {
            left._current[name] = left._durable[name] = survive(file);
        }

        return left;
    }

    /// <summary>The same names, unsynced as they are, of copies of the files.</summary>
    public SimulatedNames Copy(Func<SimulatedFile, SimulatedFile> copy)
    {
        var copies = new Dictionary<SimulatedFile, SimulatedFile>();
        var names = new SimulatedNames();
        foreach (var (name, file) in _current)
        {
            names._current[name] = CopyOf(file);
        }

        foreach (var (name, file) in _durable)
        {
            names._durable[name] = CopyOf(file);
        }

        names._unsynced.AddRange(_unsynced.Select(change => change with { File = CopyOf(change.File) }));
        return names;

        SimulatedFile CopyOf(SimulatedFile file) => copies.TryGetValue(file, out var known) ? known : copies[file] = copy(file);
    }

    private static void Apply(IEnumerable<Change> changes, SortedDictionary<string, SimulatedFile> names)
    {
        foreach (var (from, to, file) in changes)
        {
            if (from is not null)
            {
                names.Remove(from);
            }

            if (to is not null)
            {
                names[to] = file;
            }
        }
    }

    private void Make(Change change)
    {
        Apply([change], _current);
        _unsynced.Add(change);
    }

    private sealed record Change(string? From, string? To, SimulatedFile File);
}
