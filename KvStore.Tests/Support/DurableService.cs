using KvStore.Api.Hosting;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Tests.Faults;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Tests.Support;

/// <summary>Services whose store is kept on a disk, with files as small as they may be.</summary>
internal static class DurableService
{
    /// <summary>The settings that make files small, as options of the command line.</summary>
    public const string SmallFiles =
        "--KvStore:Durability:SegmentBytes=65536 --KvStore:Limits:MaxValueBytes=4096 --KvStore:Changes:WindowBytes=65536 --KvStore:Changes:WindowRecords=1024";

    /// <summary>Waits until the store is back.</summary>
    public static Task ReadyAsync(ServiceClient client) => Until.IsTrueAsync(async () => (await client.GetAsync("/ready")).Status == 200);

    /// <summary>A service in this process on a directory of a real disk.</summary>
    public static ServiceFactory In(string directory)
    {
        var service = new ServiceFactory().With("KvStore:Store:DataDir", directory);
        foreach (var setting in SmallFiles.Split(' '))
        {
            var (name, value) = (setting[2..].Split('=')[0], setting.Split('=')[1]);
            service.With(name, value);
        }

        return service;
    }

    /// <summary>A service in this process on a disk that does as it is told.</summary>
    public static ServiceFactory On(SimulatedDisk disk) => On(disk.Open);

    /// <summary>A service in this process on any directory.</summary>
    public static ServiceFactory On(Func<IDataDirectory> open) => In(SimulatedDisk.Path).With(services => services.AddSingleton<OpenDirectory>(
        (_, store, options, observer) => new DurableStore(open(), store, options with { RetryAfterFull = TimeSpan.FromMilliseconds(10) }, observer)));
}
