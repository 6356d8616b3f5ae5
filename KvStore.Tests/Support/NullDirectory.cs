using KvStore.Core.Files;

namespace KvStore.Tests.Support;

/// <summary>A directory that forgets what is written to it, so that nothing but its writer takes memory.</summary>
internal sealed class NullDirectory : IDataDirectory
{
    public string Path => "/null";

    public IReadOnlyList<string> List() => [];

    public IDataFile OpenRead(string name) => new NullFile();

    public IDataFile OpenWrite(string name) => new NullFile();

    public IDataFile Create(string name) => new NullFile();

    public void Rename(string from, string to)
    {
    }

    public void Delete(string name)
    {
    }

    public void SyncNames()
    {
    }

    public void Dispose()
    {
    }

    private sealed class NullFile : IDataFile
    {
        public long Length { get; private set; }

        public int Read(long offset, Span<byte> destination) => 0;

        public void Write(long offset, ReadOnlySpan<byte> bytes) => Length = Math.Max(Length, offset + bytes.Length);

        public void SetLength(long length) => Length = length;

        public void Sync()
        {
        }

        public void Dispose()
        {
        }
    }
}
