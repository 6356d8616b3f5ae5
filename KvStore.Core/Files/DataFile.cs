using Microsoft.Win32.SafeHandles;

namespace KvStore.Core.Files;

/// <summary>A file on a disk.</summary>
/// <remarks>Owns its handle. Reads and writes at different places may run at once.</remarks>
internal sealed class DataFile(SafeFileHandle handle, string path) : IDataFile
{
    /// <inheritdoc/>
    public long Length
    {
        get
        {
            try
            {
                return RandomAccess.GetLength(handle);
            }
            catch (Exception error) when (FileError.Is(error))
            {
                throw FileError.Create(path, "could not be measured", error);
            }
        }
    }

    /// <inheritdoc/>
    public int Read(long offset, Span<byte> destination)
    {
        var read = 0;
        try
        {
            // read(2) may return less than was asked for, and 0 only at the end.
            while (read < destination.Length && RandomAccess.Read(handle, destination[read..], offset + read) is var some and > 0)
            {
                read += some;
            }
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Create(path, "could not be read", error);
        }

        return read;
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            // Writes all; it loops by itself.
            RandomAccess.Write(handle, bytes, offset);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Create(path, "could not be written", error);
        }
    }

    /// <inheritdoc/>
    public void SetLength(long length)
    {
        try
        {
            RandomAccess.SetLength(handle, length);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Create(path, "could not be given another length", error);
        }
    }

    /// <inheritdoc/>
    public void Sync() => FileError.ThrowIf(Libc.SyncData(handle), path, "could not be synced");

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
