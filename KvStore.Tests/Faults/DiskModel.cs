using KvStore.Core.Files;

namespace KvStore.Tests.Faults;

/// <summary>Something to do to a disk; what does not apply, such as making a file that is there, is not done.</summary>
internal sealed record DiskCommand(DiskOperation Operation, string Name, string Other, int Offset, int Length, byte Fill)
{
    /// <summary>Whether it can be done where these names are.</summary>
    public bool Applies(IReadOnlyCollection<string> names) => Operation switch
    {
        DiskOperation.SyncNames => true,
        DiskOperation.Create => !names.Contains(Name, StringComparer.Ordinal),
        _ => names.Contains(Name, StringComparer.Ordinal),
    };

    public void Run(IDataDirectory directory)
    {
        switch (Operation)
        {
            case DiskOperation.SyncNames: directory.SyncNames(); return;
            case DiskOperation.Create: directory.Create(Name).Dispose(); return;
            case DiskOperation.Delete: directory.Delete(Name); return;
            case DiskOperation.Rename: directory.Rename(Name, Other); return;
        }

        using var file = directory.OpenWrite(Name);
        switch (Operation)
        {
            case DiskOperation.Write: file.Write(Offset, Bytes()); break;
            case DiskOperation.SetLength: file.SetLength(Length); break;
            case DiskOperation.Sync: file.Sync(); break;
        }
    }

    public byte[] Bytes() => [.. Enumerable.Repeat(Fill, Length)];
}

/// <summary>What may be left of a disk, byte by byte: as plain as can be, since it judges the simulated one.</summary>
internal sealed class DiskModel
{
    private readonly List<Dictionary<string, ModelFile>> _names = [new(StringComparer.Ordinal)];

    /// <summary>What users of the disk see.</summary>
    public IReadOnlyDictionary<string, ModelFile> Current => _names[^1];

    public void Run(DiskCommand command)
    {
        switch (command.Operation)
        {
            case DiskOperation.Write: Current[command.Name].Write(command.Offset, command.Bytes()); break;
            case DiskOperation.SetLength: Current[command.Name].SetLength(command.Length); break;
            case DiskOperation.Sync: Current[command.Name].Sync(); break;
            case DiskOperation.SyncNames: _names.RemoveRange(0, _names.Count - 1); break;
            default: Rename(command); break;
        }
    }

    /// <summary>Whether a power cut may have left this: the names of one moment since they were synced, each with a file that may be left of its.</summary>
    public bool MayLeave(IReadOnlyDictionary<string, byte[]> files, bool torn) => _names.Any(names =>
        names.Keys.Order(StringComparer.Ordinal).SequenceEqual(files.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal)
        && names.All(name => name.Value.MayLeave(files[name.Key], torn)));

    /// <summary>What is left if nothing unsynced is.</summary>
    public bool MustLeave(IReadOnlyDictionary<string, byte[]> files) => AreSame(files, _names[0], file => file.Synced);

    /// <summary>Whether this is what users of the disk see.</summary>
    public bool Shows(IReadOnlyDictionary<string, byte[]> files) => AreSame(files, Current, file => file.Bytes);

    private static bool AreSame(IReadOnlyDictionary<string, byte[]> files, IReadOnlyDictionary<string, ModelFile> names, Func<ModelFile, byte[]> bytesOf) =>
        names.Count == files.Count && names.All(name => files.TryGetValue(name.Key, out var bytes) && bytesOf(name.Value).SequenceEqual(bytes));

    private void Rename(DiskCommand command)
    {
        var names = new Dictionary<string, ModelFile>(_names[^1], StringComparer.Ordinal);
        var file = command.Operation == DiskOperation.Create ? new ModelFile() : names[command.Name];
        names.Remove(command.Name);
        if (command.Operation != DiskOperation.Delete)
        {
            names[command.Operation == DiskOperation.Rename ? command.Other : command.Name] = file;
        }

        _names.Add(names);
    }
}

/// <summary>What a file may hold after a power cut: at each place, any byte that was there since the last sync.</summary>
internal sealed class ModelFile
{
    private readonly List<int> _lengths = [0];
    private readonly Dictionary<int, HashSet<byte>> _possible = [];

    public byte[] Bytes { get; private set; } = [];

    public byte[] Synced { get; private set; } = [];

    public void Write(int offset, byte[] bytes)
    {
        if (bytes.Length > 0)
        {
            var longer = new byte[Math.Max(Bytes.Length, offset + bytes.Length)];
            Bytes.CopyTo(longer, 0);
            bytes.CopyTo(longer, offset);
            Become(longer);
        }
    }

    public void SetLength(int length)
    {
        var bytes = new byte[length];
        Bytes.AsSpan(0, Math.Min(length, Bytes.Length)).CopyTo(bytes);
        Become(bytes);
    }

    public void Sync()
    {
        Synced = Bytes;
        _lengths.Clear();
        _possible.Clear();
        Become(Bytes);
    }

    public bool MayLeave(byte[] bytes, bool torn) =>
        (_lengths.Contains(bytes.Length) || (torn && bytes.Length > _lengths.Min() && bytes.Length < _lengths.Max()))
        && bytes.Index().All(at => at.Item == 0 ? MayBeZero(at.Index) : _possible.TryGetValue(at.Index, out var values) && values.Contains(at.Item));

    // Where the file did not reach once, there may be zeros.
    private bool MayBeZero(int index) => _lengths.Exists(length => length <= index) || _possible[index].Contains(0);

    private void Become(byte[] bytes)
    {
        Bytes = bytes;
        _lengths.Add(bytes.Length);
        foreach (var (index, value) in bytes.Index())
        {
            if (!_possible.TryGetValue(index, out var values))
            {
                _possible[index] = values = [];
            }

            values.Add(value);
        }
    }
}
