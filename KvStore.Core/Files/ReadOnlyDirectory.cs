namespace KvStore.Core.Files;

/// <summary>A data directory that is only looked at: it takes no lock, and changes nothing.</summary>
/// <remarks>Its owner may change it meanwhile. Safe for any number of threads.</remarks>
/// <param name="path">Where it is.</param>
/// <param name="progress">Is told how many bytes of its files have been read so far; null for nobody.</param>
internal sealed class ReadOnlyDirectory(string path, Action<long>? progress = null) : IDataDirectory
{
    private long _read;

    /// <inheritdoc/>
    public string Path { get; } = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));

    /// <summary>Whether a process has it open.</summary>
    /// <remarks>Shared for a moment, the lock is not free for who would have it alone: a store that starts just then is refused.</remarks>
    public bool IsInUse
    {
        get
        {
            try
            {
                using var file = File.OpenHandle(System.IO.Path.Combine(Path, FileNames.Lock), FileMode.Open, FileAccess.Read, FileShare.Read);
                return false;
            }
            catch (FileNotFoundException)
            {
                return false;
            }
            catch (IOException)
            {
                return true;
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List()
    {
        try
        {
            return [.. Directory.EnumerateFiles(Path).Select(System.IO.Path.GetFileName).OfType<string>()
                .Where(name => name != FileNames.Lock).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Create(Path, "could not be listed", error);
        }
    }

    /// <inheritdoc/>
    public IDataFile OpenRead(string name)
    {
        FileNames.Check(name);
        var file = System.IO.Path.Combine(Path, name);
        try
        {
            return new CountedFile(
                new DataFile(File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), file), Count);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Create(file, "could not be opened", error);
        }
    }

    /// <summary>Not supported.</summary>
    public IDataFile OpenWrite(string name) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public IDataFile Create(string name) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public void Rename(string from, string to) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public void Delete(string name) => throw new NotSupportedException();

    /// <summary>Not supported.</summary>
    public void SyncNames() => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose()
    {
        // It holds nothing open.
    }

    private void Count(int bytes)
    {
        var read = Interlocked.Add(ref _read, bytes);
        progress?.Invoke(read);
    }

    /// <summary>A file of which it is told how much is read.</summary>
    private sealed class CountedFile(DataFile file, Action<int> count) : IDataFile
    {
        public long Length => file.Length;

        public int Read(long offset, Span<byte> destination)
        {
            var read = file.Read(offset, destination);
            count(read);
            return read;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

        public void SetLength(long length) => throw new NotSupportedException();

        public void Sync() => throw new NotSupportedException();

        public void Dispose() => file.Dispose();
    }
}
