using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>Writes the files of a backup into a new directory, which has its name only when all of them are there: synced, and verified.</summary>
/// <remarks>
/// <para>Until then the directory's name ends in <c>.part</c>. Disposed of before it is complete, it goes; what a killed process has left of one is
/// removed by the next that writes to the same place, while two at once exclude each other.</para>
/// <para>Names and contents are those of a stranger: no name leads out of the directory, and no content is believed. Not thread safe.</para>
/// </remarks>
public sealed class BackupWriter : IDisposable
{
    private const string Unfinished = ".part";

    // Few and large writes; the files may have any size.
    private const int BufferBytes = 1 << 20;

    private readonly string _path;
    private readonly DataDirectory _directory;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private bool _isComplete;

    private BackupWriter(string path, DataDirectory directory) => (_path, _directory) = (path, directory);

    /// <summary>Refuses a path where a new directory cannot be: something is there, and it is not an empty directory.</summary>
    /// <exception cref="DataDirectoryException">It cannot.</exception>
    public static void Check(string path)
    {
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
        {
            throw new DataDirectoryException($"{path} is there already, and not an empty directory: it was left as it is.");
        }
    }

    /// <summary>Makes the directory, under its first name.</summary>
    /// <param name="path">The directory's name in the end.</param>
    /// <exception cref="DataDirectoryException">It cannot be made, or something else is there.</exception>
    public static BackupWriter Create(string path)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        Check(path);
        var unfinished = path + Unfinished;
        if (Directory.Exists(unfinished)
            && Directory.EnumerateFileSystemEntries(unfinished).FirstOrDefault(entry => !LogFormat.IsOwnName(Path.GetFileName(entry))) is { } foreign)
        {
            throw StoreIdentity.Foreign(unfinished, Path.GetFileName(foreign));
        }

        var writer = new BackupWriter(path, DataDirectory.Open(unfinished));
        try
        {
            writer.Clear();
            return writer;
        }
        catch
        {
            writer._directory.Dispose();
            throw;
        }
    }

    /// <summary>Writes a file, and syncs it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="content">What is in it, to its end.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="InvalidDataException">No store has a file of this name, or this one has it already.</exception>
    /// <exception cref="IOException">It could not be written.</exception>
    public async Task AddAsync(string name, Stream content, CancellationToken cancellationToken = default)
    {
        if (name != LogFormat.IdentityName && !LogFormat.TryParseSegment(name, out _) && !LogFormat.TryParseSnapshot(name, out _))
        {
            throw new InvalidDataException($"no store has a file '{name}'");
        }

        if (_directory.List().Contains(name, StringComparer.Ordinal))
        {
            throw new InvalidDataException($"'{name}' comes twice");
        }

        using var file = _directory.Create(name);
        var offset = 0L;
        int count;
        while ((count = await content.ReadAtLeastAsync(_buffer, _buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false)) > 0)
        {
            file.Write(offset, _buffer.AsSpan(0, count));
            offset += count;
        }

        file.Sync();
    }

    /// <summary>Verifies what was written, and gives the directory its name.</summary>
    /// <exception cref="InvalidDataException">It is no whole store.</exception>
    /// <exception cref="IOException">A file could not be read, or is of a newer version; or something else has the name by now.</exception>
    public VerifyReport Complete(CancellationToken cancellationToken = default)
    {
        var report = StoreVerifier.Run(_directory, cancellationToken: cancellationToken);
        if (!report.IsStore)
        {
            throw new InvalidDataException("it holds no store");
        }

        if (report.Findings.FirstOrDefault(finding => finding.Severity == VerifySeverity.Damage) is { } damage)
        {
            throw new InvalidDataException(string.Create(
                System.Globalization.CultureInfo.InvariantCulture, $"{damage.File} is damaged at byte {damage.Offset}: {damage.What}"));
        }

        _directory.SyncNames();
        DirectoryMaker.Rename(_path + Unfinished, _path);
        _isComplete = true;
        return report;
    }

    /// <summary>Removes what is not complete.</summary>
    public void Dispose()
    {
        try
        {
            if (!_isComplete)
            {
                Clear();
                File.Delete(Path.Combine(_directory.Path, LogFormat.LockName));
                Directory.Delete(_directory.Path);
            }
        }
        catch (Exception error) when (FileError.Is(error))
        {
            // Its name says that it is not complete, and the next one removes it.
        }
        finally
        {
            _directory.Dispose();
        }
    }

    private void Clear()
    {
        foreach (var name in _directory.List())
        {
            _directory.Delete(name);
        }
    }
}
