using KvStore.Core.Files;

namespace KvStore.Tests.Faults;

/// <summary>A disk in memory that does to a store what real ones do: it loses what was not synced, tears writes, fails and fills up.</summary>
/// <remarks>
/// <para>As strict as POSIX lets a disk be: a sync of a file keeps its bytes and not its name, a sync of names keeps no bytes, and what is unsynced may be
/// kept in part, in any order of sectors of 512 bytes. All of it is decided by <see cref="Cut"/>s and <see cref="DiskFault"/>s, and none by chance.</para>
/// <para>Safe for any number of threads.</para>
/// </remarks>
internal sealed partial class SimulatedDisk
{
    private readonly Lock _gate = new();
    private readonly SimulatedNames _names;
    private readonly List<SimulatedDirectory.OpenFile> _open = [];
    private int _files;
    private DiskWrite? _lastWrite;
    private object? _owner;

    public SimulatedDisk() : this(new SimulatedNames(), 0)
    {
    }

    private SimulatedDisk(SimulatedNames names, int files)
    {
        _names = names;
        _files = files;
    }

    /// <summary>Where the directory says that it is.</summary>
    public static string Path => "/simulated";

    /// <summary>What files may take together, in bytes: holes take nothing, and all else whole sectors. May change at any time.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>What is wrong with it for good.</summary>
    public DiskFlaws Flaws { get; set; }

    /// <summary>What files take, those too that have no name any more but are open.</summary>
    public long Used
    {
        get
        {
            lock (_gate)
            {
                return _names.Current.Values.Concat(_open.Select(open => open.File)).Distinct().Sum(file => file.Allocated);
            }
        }
    }

    /// <summary>Files that were opened and not closed.</summary>
    public int OpenFiles
    {
        get
        {
            lock (_gate)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>The names that no power cut can take.</summary>
    public IReadOnlyList<string> DurableNames
    {
        get
        {
            lock (_gate)
            {
                return [.. _names.Durable.Keys];
            }
        }
    }

    /// <summary>How many bytes the last write has, which a cut may tear; 0 once it is synced.</summary>
    public int UnsyncedLastWrite
    {
        get
        {
            lock (_gate)
            {
                return _lastWrite?.Count ?? 0;
            }
        }
    }

    /// <summary>Opens its one directory, which belongs to one opening at a time.</summary>
    /// <exception cref="DataDirectoryException">It is open.</exception>
    public IDataDirectory Open()
    {
        lock (_gate)
        {
            if (_owner is not null)
            {
                throw new DataDirectoryException($"{Path} is in use by process {Environment.ProcessId}; each store needs a directory of its own.");
            }

            var directory = new SimulatedDirectory(this);
            _owner = directory;
            return directory;
        }
    }

    /// <summary>The disk as a power cut leaves it. This one goes on as if there had been none.</summary>
    public SimulatedDisk PowerCut(Cut cut)
    {
        lock (_gate)
        {
            return Fresh(_names.Survive(cut, file => file.Survive(cut, _lastWrite?.File == file ? _lastWrite : null)));
        }
    }

    /// <summary>The disk as SIGKILL leaves it: all that was written is there, but what was unsynced still is.</summary>
    public SimulatedDisk Kill()
    {
        lock (_gate)
        {
            return Fresh(_names.Copy(file => file.Copy()));
        }
    }

    /// <summary>All that reads of a file would show.</summary>
    public byte[] Bytes(string name)
    {
        lock (_gate)
        {
            var bytes = new byte[_names.Current[name].Length];
            _names.Current[name].Read(0, bytes);
            return bytes;
        }
    }

    /// <summary>The bytes that are on the disk itself, of a file by its current name.</summary>
    public byte[] DurableBytes(string name)
    {
        lock (_gate)
        {
            return _names.Current[name].DurableBytes();
        }
    }

    /// <summary>Damages a byte of a file, on the disk and in what reads show.</summary>
    public void Damage(string name, long offset, byte flipped = 0xFF)
    {
        lock (_gate)
        {
            _names.Current[name].Damage(offset, flipped);
        }
    }

    private SimulatedDisk Fresh(SimulatedNames names) => new(names, _files) { Capacity = Capacity, Flaws = Flaws };
}

/// <summary>A write of a disk: where, how many bytes, and how long the file was.</summary>
internal sealed record DiskWrite(SimulatedFile File, long Offset, int Count, long LengthBefore);
