using KvStore.Core.Errors;

namespace KvStore.Api.Problems;

/// <summary>
/// Gives every failed request a problem body: those of routing, those of Kestrel that reach our code, and our own faults.
/// </summary>
internal static partial class ProblemHandling
{
    // What nginx logs for a client that has gone; it is never sent.
    private const int ClientClosedRequest = 499;

    /// <summary>Adds the middleware; everything that may fail comes after it.</summary>
    public static void UseProblems(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("KvStore.Api.Problems");
        app.Use(next => context =>
        {
            Task task;
            try
            {
                task = next(context);
            }
#pragma warning disable CA1031 // The last resort: whatever it is, the client gets a problem and the log gets the exception.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                return HandleAsync(context, exception, log);
            }

            return task.IsCompletedSuccessfully
                ? DescribeStatusAsync(context)
                : AwaitAsync(context, task, log);
        });
    }

    private static async Task AwaitAsync(HttpContext context, Task task, ILogger log)
    {
        try
        {
            await task;
            await DescribeStatusAsync(context);
        }
#pragma warning disable CA1031 // As above.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            await HandleAsync(context, exception, log);
        }
    }

    /// <summary>Routing answers with a bare status; this adds the body.</summary>
    private static Task DescribeStatusAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.StatusCode < 400 || response.HasStarted || response.ContentType is not null || response.ContentLength is not null)
        {
            return Task.CompletedTask;
        }

        return response.StatusCode switch
        {
            StatusCodes.Status404NotFound => ProblemResponse.SendAsync(context, ProblemResponse.NotFound),
            StatusCodes.Status405MethodNotAllowed => ProblemResponse.SendAsync(context, new Problem(
                ErrorCode.MethodNotAllowed, $"This path takes {response.Headers.Allow}.")),
            _ => Task.CompletedTask,
        };
    }

    private static Task HandleAsync(HttpContext context, Exception exception, ILogger log)
    {
        // Only the end of a connection cancels anything here, also where the context has not heard of it yet.
        if (exception is OperationCanceledException || (exception is IOException && context.RequestAborted.IsCancellationRequested))
        {
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = ClientClosedRequest;
            }

            // Kestrel has to see its own exception, or it takes the half-read body for a fault of ours.
            return exception is BadHttpRequestException ? Task.FromException(exception) : Task.CompletedTask;
        }

        var problem = Describe(exception);
        if (problem.Code == ErrorCode.InternalError)
        {
            LogUnhandled(log, exception, context.Request.Method, ProblemResponse.TraceIdOf(context));
        }

        if (context.Response.HasStarted)
        {
            // The status is sent already; cutting the connection is the one way left to say that the answer is not whole.
            context.Abort();
            return Task.CompletedTask;
        }

        // Some of the body may be unread, so that no further request can be found behind it.
        context.Response.Clear();
        context.Response.Headers.Connection = "close";
        return ProblemResponse.SendAsync(context, problem);
    }

    /// <summary>What a client is told of an exception.</summary>
    public static Problem Describe(Exception exception) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => new Problem(
            ErrorCode.RequestTimeout, "The request body arrived too slowly."),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new Problem(
            ErrorCode.RequestTooLarge, "The request body is longer than any this service takes."),

        StorageFailedException => Problem.StorageFailed,

        // Kestrel's own word for a broken body; for a chunk's size that overflows it has the plain one.
        IOException => Problem.MalformedRequest("The request body breaks HTTP's framing, or ended early."),
        _ => new Problem(ErrorCode.InternalError, "The service failed to answer. Its log has the cause under the traceId."),
    };

    [LoggerMessage(1, LogLevel.Error, "A {Method} request failed; trace id {TraceId}")]
    private static partial void LogUnhandled(ILogger log, Exception exception, string method, string traceId);
}
