using KvStore.Core.Files;

namespace KvStore.Tests.Faults;

/// <summary>Passes everything on to another directory, but for what a test replaces.</summary>
internal class DirectoryDecorator(IDataDirectory directory) : IDataDirectory
{
    public string Path => directory.Path;

    public virtual IReadOnlyList<string> List() => directory.List();

    public IDataFile OpenRead(string name) => Decorate(name, directory.OpenRead(name));

    public IDataFile OpenWrite(string name) => Decorate(name, directory.OpenWrite(name));

    public IDataFile Create(string name) => Decorate(name, directory.Create(name));

    public void Rename(string from, string to) => directory.Rename(from, to);

    public void Delete(string name) => directory.Delete(name);

    public void SyncNames() => directory.SyncNames();

    public void Dispose() => directory.Dispose();

    protected virtual IDataFile Decorate(string name, IDataFile file) => file;
}

/// <summary>Passes everything on to another file, but for what a test replaces.</summary>
internal class FileDecorator(IDataFile file) : IDataFile
{
    public long Length => file.Length;

    public virtual int Read(long offset, Span<byte> destination) => file.Read(offset, destination);

    public virtual void Write(long offset, ReadOnlySpan<byte> bytes) => file.Write(offset, bytes);

    public void SetLength(long length) => file.SetLength(length);

    public virtual void Sync() => file.Sync();

    public void Dispose() => file.Dispose();
}
