using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Watchers;

// A server that cannot tell a whole window in this time has stopped telling.
var patience = TimeSpan.FromSeconds(60);

var grpcPort = 0;
if (args.Length is not (3 or 4)
    || args[0] is not ("all" or "none")
    || !int.TryParse(args[1], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
    || !int.TryParse(args[2], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count == 0
    || (args.Length == 4 && !int.TryParse(args[3], NumberStyles.None, CultureInfo.InvariantCulture, out grpcPort)))
{
    Console.Error.WriteLine("usage: Watchers all|none PORT COUNT [GRPC-PORT]: COUNT clients watch, until SIGTERM, all writes or none of them; where there is GRPC-PORT, by gRPC");
    return 2;
}

var isTold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var registration = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    isTold.TrySetResult();
});

try
{
    using var crowd = new Crowd(
        (prefix, since) => grpcPort == 0 ? EventStream.OpenAsync(port, prefix, since) : GrpcEventStream.OpenAsync(grpcPort, prefix, since),
        count,
        isEveryWrite: args[0] == "all");
    await crowd.OpenAsync();
    Console.WriteLine("ready");
    var failure = crowd.FailAsync();
    await await Task.WhenAny(failure, isTold.Task);
    if (args[0] == "all")
    {
        await await Task.WhenAny(failure, crowd.ReachAsync(await StoreRevision.SettleAsync(port), patience));
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{crowd}\t{Environment.CpuUsage.TotalTime.TotalMicroseconds:F0}"));
    return 0;
}
catch (Exception e) when (e is IOException or InvalidDataException or SocketException or HttpRequestException)
{
    Console.Error.WriteLine($"Watchers {string.Join(' ', args)}: {e.Message}");
    return 1;
}
