using System.Diagnostics;

namespace KvStore.Tests.Integration.Grpc;

/// <summary>A client in another language at what it was told to do, step by step.</summary>
internal sealed class PeerRun : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private PeerRun(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    /// <summary>Has a client begin.</summary>
    public static PeerRun Start(Peer peer, Uri address, string what)
    {
        var start = new ProcessStartInfo(peer.Program, [.. peer.Script is null ? Array.Empty<string>() : [peer.Script], address.Authority, what])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (peer.Folders is { } folders)
        {
            start.Environment[folders.Name] = folders.Value;
            start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        }

        return new PeerRun(Process.Start(start)!);
    }

    /// <summary>Waits until the client has come to a step, at which it waits.</summary>
    public async Task ReachAsync(string step)
    {
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        line.Should().Be(step, "it said {0}", line is null ? await _errors.WaitAsync(Patience) : "that");
    }

    /// <summary>Has it go on.</summary>
    public Task GoOnAsync() => _process.StandardInput.WriteLineAsync("");

    /// <summary>Waits for its end, at which it must have found all as it should be.</summary>
    public async Task EndAsync()
    {
        var errors = await _errors.WaitAsync(Patience);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.ExitCode.Should().Be(0, "it said {0}", errors);
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
}
