using KvStore.Core.Files;

namespace KvStore.Tests.Support;

/// <summary>Stores on a real disk, as bytes.</summary>
internal static class StoreFiles
{
    /// <summary>Writes a store to a directory.</summary>
    public static void Write(string path, Action<LogScript> write)
    {
        using var directory = DataDirectory.Open(path);
        write(new LogScript(directory).Store());
    }

    /// <summary>Flips a byte of a file.</summary>
    public static void Damage(string path, string name, long offset)
    {
        using var file = File.Open(Path.Combine(path, name), FileMode.Open);
        file.Position = offset;
        var value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 0x55));
    }

    /// <summary>The contents of all files, but for the lock.</summary>
    public static Dictionary<string, byte[]> All(string path) => Directory.EnumerateFiles(path)
        .Where(file => Path.GetFileName(file) != "LOCK")
        .ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes, StringComparer.Ordinal);
}
