using KvStore.Core.Files;

namespace KvStore.Tests.Faults;

/// <summary>An opening of a simulated disk's directory.</summary>
internal sealed class SimulatedDirectory(SimulatedDisk disk) : IDataDirectory
{
    private volatile bool _closed;

    public string Path => SimulatedDisk.Path;

    public IReadOnlyList<string> List()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        return disk.List();
    }

    public IDataFile OpenRead(string name) => disk.Open(Checked(name), writable: false);

    public IDataFile OpenWrite(string name) => disk.Open(Checked(name), writable: true);

    public IDataFile Create(string name) => disk.Create(Checked(name));

    public void Rename(string from, string to) => disk.Rename(Checked(from), Checked(to));

    public void Delete(string name) => disk.Delete(Checked(name));

    public void SyncNames()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        disk.SyncNames();
    }

    public void Dispose()
    {
        _closed = true;
        disk.Close(this);
    }

    private string Checked(string name)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        FileNames.Check(name);
        return name;
    }

    /// <summary>An opening of one of its files, which a rename or a removal of the name does not touch.</summary>
    internal sealed class OpenFile(SimulatedDisk disk, string name, SimulatedFile file, bool writable) : IDataFile
    {
        private const int BadDescriptor = 9;

        private volatile bool _closed;

        public SimulatedFile File { get; } = file;

        public long Length
        {
            get
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                return disk.Length(File);
            }
        }

        public int Read(long offset, Span<byte> destination)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(offset);
            ObjectDisposedException.ThrowIf(_closed, this);
            return disk.Read(name, File, offset, destination);
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(offset);
            ThrowIfNotWritable();
            disk.Write(name, File, offset, bytes);
        }

        public void SetLength(long length)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length);
            ThrowIfNotWritable();
            disk.SetLength(name, File, length);
        }

        public void Sync()
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            disk.Sync(name, File);
        }

        public void Dispose()
        {
            if (!_closed)
            {
                _closed = true;
                disk.Close(this);
            }
        }

        private void ThrowIfNotWritable()
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            FileError.ThrowIf(writable ? 0 : BadDescriptor, $"{SimulatedDisk.Path}/{name}", "could not be written");
        }
    }
}
