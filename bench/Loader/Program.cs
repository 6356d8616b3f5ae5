using System.Globalization;
using System.Net.Sockets;
using Loader;

const int Connections = 8;

if (args.Length != 4)
{
    Console.Error.WriteLine("usage: Loader kvstore|redis|redis-zset|etcd PORT fixed|path KEYS, or Loader ndjson|resp FILE fixed|path KEYS");
    return 2;
}

try
{
    var keys = new KeyShape(args[2], long.Parse(args[3], CultureInfo.InvariantCulture));
    if (args[0] is "ndjson" or "resp")
    {
        DumpFile.Write(args[1], args[0] == "ndjson" ? new NdjsonLine(keys) : new RedisCommand(keys, isSortedSet: false), keys.Count);
        return 0;
    }

    ILoadProtocol protocol = args[0] switch
    {
        "kvstore" => new KvStorePut(keys),
        "redis" => new RedisCommand(keys, isSortedSet: false),
        "redis-zset" => new RedisCommand(keys, isSortedSet: true),
        "etcd" => new EtcdTransaction(keys),
        _ => throw new FormatException($"there is no protocol {args[0]}"),
    };
    var port = int.Parse(args[1], CultureInfo.InvariantCulture);
    await Task.WhenAll(Enumerable.Range(0, Connections).Select(
        i => Connection.LoadAsync(port, protocol, keys.Count * i / Connections, keys.Count * (i + 1) / Connections)));
    return 0;
}
catch (Exception e) when (e is FormatException or IOException or InvalidDataException or SocketException)
{
    Console.Error.WriteLine($"Loader {string.Join(' ', args)}: {e.Message}");
    return 1;
}
