namespace KvStore.Api.Metrics;

/// <summary>Has every request counted and timed.</summary>
internal static class HttpMetricsMiddleware
{
    /// <summary>Adds the middleware; it must come after routing, whose endpoint it reads.</summary>
    public static void UseHttpMetrics(this WebApplication app)
    {
        if (MetricsSetup.IsOff)
        {
            return;
        }

        var metrics = app.Services.GetRequiredService<HttpMetrics>();
        app.Use(next => context =>
        {
            var timer = metrics.Begin(context);
            Task task;
            try
            {
                task = next(context);
            }
            catch
            {
                metrics.End(timer, StatusCodes.Status500InternalServerError);
                throw;
            }

            if (!task.IsCompletedSuccessfully)
            {
                return AwaitAsync(metrics, timer, context, task);
            }

            metrics.End(timer, context.Response.StatusCode);
            return task;
        });
    }

    private static async Task AwaitAsync(HttpMetrics metrics, RequestTimer timer, HttpContext context, Task task)
    {
        var status = StatusCodes.Status500InternalServerError;
        try
        {
            await task;
            status = context.Response.StatusCode;
        }
        catch (BadHttpRequestException)
        {
            // The server's own exception, of a client that has gone: its status is set.
            status = context.Response.StatusCode;
            throw;
        }
        finally
        {
            metrics.End(timer, status);
        }
    }
}
