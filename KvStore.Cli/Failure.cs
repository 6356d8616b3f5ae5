using KvStore.Grpc.Protocol;

namespace KvStore.Cli;

/// <summary>Says how the program ends by an error, and what it prints: one line.</summary>
internal static class Failure
{
    private const string ErrorCode = "kvstore-error-code";
    private const string RevisionMismatch = "revision-mismatch";

    /// <summary>The code that the server gave an error; null where it gave none.</summary>
    public static string? CodeOf(RpcException exception) => exception.Trailers.Get(ErrorCode);

    /// <summary>The exit code of an error.</summary>
    public static int ExitCodeOf(RpcException exception) => exception.StatusCode switch
    {
        StatusCode.Unavailable or StatusCode.DeadlineExceeded => ExitCodes.Unavailable,
        StatusCode.NotFound => ExitCodes.NotMet,
        StatusCode.FailedPrecondition when CodeOf(exception) == RevisionMismatch => ExitCodes.NotMet,
        _ => ExitCodes.ServerError,
    };

    /// <summary>What to print of an error.</summary>
    public static string Describe(RpcException exception, string server) => exception.StatusCode switch
    {
        // What the service says of itself begins with its code; all else is about the way to it.
        _ when CodeOf(exception) is not null => exception.Status.Detail,
        StatusCode.Unavailable => $"{server} cannot be reached: {exception.Status.Detail}",
        StatusCode.DeadlineExceeded => $"{server} did not answer in time (--timeout)",
        _ => $"{server} answered {exception.StatusCode}: {exception.Status.Detail}",
    };

    /// <summary>Prints an error as one line.</summary>
    public static void Print(TextWriter error, string message)
    {
        try
        {
            error.WriteLine($"kvstore: {Printable.Of(message)}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Standard error is closed, or full: the exit code has to say it alone.
        }
    }
}
