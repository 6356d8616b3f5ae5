using System.Globalization;
using System.Runtime;
using GcLoad;

if (args.Length != 3
    || !int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out var keys)
    || !int.TryParse(args[2], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
    || args[0] is not ("store" or "dictionary"))
{
    Console.Error.WriteLine("usage: GcLoad store|dictionary KEYS SECONDS");
    return 2;
}

// As the environment says, or else a console program's defaults.
var settings = GC.GetConfigurationVariables();
var kind = GCSettings.IsServerGC ? "server" : "workstation";
var concurrency = GCSettings.LatencyMode == GCLatencyMode.Batch ? "non-concurrent" : "concurrent";
Console.WriteLine($"{kind}, {concurrency}, generation 0 up to {settings["GCGen0MaxBudget"]} bytes, conserve memory {settings["GCConserveMem"]}");

var load = new Load(args[0] == "store" ? new StoreMap() : new DictionaryMap(), keys, seconds);
Console.WriteLine($"overwrites\t{load.Run(renewEvery: 0)}");
Console.WriteLine($"5 % inserts and deletes\t{load.Run(renewEvery: 40)}");
return 0;
