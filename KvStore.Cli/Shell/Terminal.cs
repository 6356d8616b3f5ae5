using Microsoft.Win32.SafeHandles;

namespace KvStore.Cli.Shell;

/// <summary>Where the program reads and writes, and who is at the other end.</summary>
internal sealed class Terminal
{
    private const int StandardInput = 0;
    private const int StandardOutput = 1;
    private const int StandardError = 2;

    /// <summary>Standard input.</summary>
    public required Stream In { get; init; }

    /// <summary>Standard output. Not buffered.</summary>
    public required Stream Out { get; init; }

    /// <summary>Standard error.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether a person types.</summary>
    public bool IsInTerminal { get; init; }

    /// <summary>Whether a person reads what is printed.</summary>
    public bool IsOutTerminal { get; init; }

    /// <summary>Whether a person reads the errors.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>The process' own.</summary>
    public static Terminal OfProcess() => new()
    {
        In = Standard(StandardInput, "Standard input", Console.OpenStandardInput),
        Out = Standard(StandardOutput, "Standard output", OpenOutput),
        Error = Descriptors.IsInherited(StandardError) ? Console.Error : TextWriter.Null,
        IsInTerminal = !Console.IsInputRedirected,
        IsOutTerminal = !Console.IsOutputRedirected,
        IsErrorTerminal = !Console.IsErrorRedirected,
    };

    /// <summary>Prints a line to standard output.</summary>
    public ValueTask WriteLineAsync(string line, CancellationToken cancellationToken = default) =>
        Out.WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + '\n'), cancellationToken);

    private static InterruptibleStream Standard(int descriptor, string name, Func<Stream> open) =>
        new(new Lazy<Stream>(() => Descriptors.IsInherited(descriptor) ? open() : throw new IOException($"{name} is closed.")));

    private static Stream OpenOutput()
    {
        // The console's stream hides that the reader of a pipe has gone, so that a watch into `head` would never end. In a file, which
        // others may write to as well, it is the one that keeps to where they are.
        if (!OperatingSystem.IsWindows() && Console.IsOutputRedirected)
        {
            var pipe = new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!pipe.CanSeek)
            {
                return pipe;
            }
        }

        return Console.OpenStandardOutput();
    }
}
