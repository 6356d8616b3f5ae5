namespace KvStore.Tests.Support;

/// <summary>A folder on a real disk that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kvstore-files-");

    public string Path => _folder.FullName;

    /// <summary>A path in it, for something that is not there yet.</summary>
    public string At(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
