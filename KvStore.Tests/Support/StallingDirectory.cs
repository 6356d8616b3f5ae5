using KvStore.Core.Durability;
using KvStore.Core.Files;

namespace KvStore.Tests.Support;

/// <summary>A directory whose log and snapshots cannot be opened for reading before it is let go: a recovery that takes as long as a test needs.</summary>
internal sealed class StallingDirectory(IDataDirectory directory) : IDataDirectory
{
    private readonly ManualResetEventSlim _released = new();

    public string Path => directory.Path;

    /// <summary>Lets everything go on.</summary>
    public void Release() => _released.Set();

    public IReadOnlyList<string> List() => directory.List();

    public IDataFile OpenRead(string name)
    {
        if (name != LogFormat.IdentityName)
        {
            _released.Wait();
        }

        return directory.OpenRead(name);
    }

    public IDataFile OpenWrite(string name) => directory.OpenWrite(name);

    public IDataFile Create(string name) => directory.Create(name);

    public void Rename(string from, string to) => directory.Rename(from, to);

    public void Delete(string name) => directory.Delete(name);

    public void SyncNames() => directory.SyncNames();

    public void Dispose()
    {
        _released.Dispose();
        directory.Dispose();
    }
}
