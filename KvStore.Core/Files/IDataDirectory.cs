namespace KvStore.Core.Files;

/// <summary>The one flat directory that a store keeps its files in: what a store does to a disk, and all that it does.</summary>
/// <remarks>
/// <para>The seam at which tests put a disk that loses what was not synced, tears writes, fails and fills up. What a crash may take is what POSIX says: bytes
/// written since the file's last <see cref="IDataFile.Sync"/>, and names made, changed or removed since the last <see cref="SyncNames"/>.</para>
/// <para>Members fail with an <see cref="IOException"/> that names the file and what went wrong; <see cref="DiskFull"/> tells a full disk from a broken one.</para>
/// <para>Safe for any number of threads; one file is for its users to coordinate.</para>
/// </remarks>
internal interface IDataDirectory : IDisposable
{
    /// <summary>Where it is, for people to read.</summary>
    string Path { get; }

    /// <summary>The names of its files, in ordinal order.</summary>
    IReadOnlyList<string> List();

    /// <summary>Opens a file for reading.</summary>
    IDataFile OpenRead(string name);

    /// <summary>Opens a file for reading and writing.</summary>
    IDataFile OpenWrite(string name);

    /// <summary>Makes an empty file; one with that name must not be there.</summary>
    IDataFile Create(string name);

    /// <summary>Gives a file another name; a file that has it already is replaced, at one moment.</summary>
    void Rename(string from, string to);

    /// <summary>Removes a file.</summary>
    void Delete(string name);

    /// <summary>Waits until the names, as they are now, survive a power cut: fsync(2) of the directory.</summary>
    void SyncNames();
}

/// <summary>An open file of a data directory.</summary>
/// <remarks>Reads and writes at different places may run at once.</remarks>
internal interface IDataFile : IDisposable
{
    /// <summary>Its length in bytes.</summary>
    long Length { get; }

    /// <summary>Reads into all of <paramref name="destination"/>, but no further than the file's end.</summary>
    /// <returns>Bytes read.</returns>
    int Read(long offset, Span<byte> destination);

    /// <summary>Writes all of <paramref name="bytes"/>.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Cuts the file, or adds zeros to it that take no space yet.</summary>
    void SetLength(long length);

    /// <summary>Waits until all that was written survives a power cut: fdatasync(2), with its result checked.</summary>
    /// <remarks>After a failure nothing is known of what was written since the last success, not even by a later one: Linux drops the pages and
    /// forgets (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020).</remarks>
    void Sync();
}
