using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace KvStore.Tests.Support;

/// <summary>The service as a process of its own, as a user starts it: signals, environment and exit code are real.</summary>
public sealed partial class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Uri? _grpcAddress;

    private ServiceProcess(Process process) => _process = process;

    /// <summary>Where it listens.</summary>
    public Uri Address => _address.Task.Result;

    /// <summary>Where it takes gRPC calls.</summary>
    public Uri GrpcAddress => _address.Task.IsCompletedSuccessfully ? _grpcAddress! : throw new InvalidOperationException("It does not listen.");

    /// <summary>All lines it has printed, to either stream.</summary>
    public IReadOnlyCollection<string> Output => _output;

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts the service on a free port and waits until it says that it listens.</summary>
    public static async Task<ServiceProcess> StartAsync(string arguments = "", params (string Name, string Value)[] environment)
    {
        var service = Begin(arguments, environment);
        await service.WaitUntilListeningAsync();
        return service;
    }

    /// <summary>Starts the service on a free port, and waits for nothing.</summary>
    public static ServiceProcess Begin(string arguments = "", params (string Name, string Value)[] environment) =>
        Launch(arguments, [("PORT", "0"), ("GRPC_PORT", "0"), .. environment]);

    /// <summary>Waits until it says that it listens.</summary>
    /// <exception cref="InvalidOperationException">It has ended before that.</exception>
    public Task WaitUntilListeningAsync() => _address.Task.WaitAsync(Patience);

    /// <summary>Runs the service where it is expected to end by itself.</summary>
    public static async Task<(int ExitCode, string Output)> RunToEndAsync(
        string arguments, params (string Name, string Value)[] environment)
    {
        await using var service = Launch(arguments, environment);
        var exitCode = await service.WaitForExitAsync();
        return (exitCode, string.Join('\n', service._output));
    }

    /// <summary>Sends SIGTERM.</summary>
    public void Terminate() => Signal(Support.Signal.Terminate);

    /// <summary>Sends a signal, by its number.</summary>
    public void Signal(int number) => Support.Signal.Send(_process, number);

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static ServiceProcess Launch(string arguments, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", $"{typeof(Program).Assembly.Location} {arguments}")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // As in the image. One that is killed would leave its diagnostic sockets in /tmp.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var service = new ServiceProcess(new Process { StartInfo = start });
        service._process.OutputDataReceived += (_, line) => service.Read(line.Data);
        service._process.ErrorDataReceived += (_, line) => service.Read(line.Data);
        service._process.EnableRaisingEvents = true;
        service._process.Exited += (_, _) => service._address.TrySetException(
            new InvalidOperationException($"The service ended before it listened: {string.Join('\n', service._output)}"));
        service._process.Start();
        service._process.BeginOutputReadLine();
        service._process.BeginErrorReadLine();
        return service;
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        _output.Enqueue(line);
        if (ListeningOn().Match(line) is { Success: true } match)
        {
            _grpcAddress = new Uri(match.Groups["grpc"].Value);
            _address.TrySetResult(new Uri(match.Groups["address"].Value));
        }
    }

    [GeneratedRegex("listening on (?<address>http://[^,; ]+).*, gRPC on (?<grpc>http://[^,; ]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ListeningOn();
}
