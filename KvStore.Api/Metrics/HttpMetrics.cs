using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace KvStore.Api.Metrics;

/// <summary>Counts and times requests: one recording for each, which <see cref="MetricsText"/> writes in two dialects.</summary>
/// <remarks>
/// Instruments and attributes are those of OpenTelemetry's HTTP conventions
/// (https://opentelemetry.io/docs/specs/semconv/http/http-metrics/). Safe for any number of threads; allocates nothing a request.
/// </remarks>
internal sealed class HttpMetrics
{
    /// <summary>Seconds from routing to the end of the answer.</summary>
    public const string Duration = "http.server.request.duration";

    /// <summary>Requests that are being answered.</summary>
    public const string Active = "http.server.active_requests";

    /// <summary>The attribute with the method.</summary>
    public const string MethodAttribute = "http.request.method";

    /// <summary>The attribute with the status code.</summary>
    public const string CodeAttribute = "http.response.status_code";

    /// <summary>The attribute with the route's template.</summary>
    public const string RouteAttribute = "http.route";

    /// <summary>The bounds of the histograms of requests, in seconds.</summary>
    public static readonly double[] BucketsInSeconds =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Histogram<double> _duration;
    private readonly ConcurrentDictionary<Endpoint, RouteInProgress> _routes = new();
    private readonly RouteInProgress _unmatched = new(RequestLabels.Unmatched);

    public HttpMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MetricsSetup.MeterName);
        _duration = meter.CreateHistogram(
            Duration, "s", "Time to answer an HTTP request.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = BucketsInSeconds });
        meter.CreateObservableUpDownCounter(Active, ObserveInProgress, unit: null, "HTTP requests being answered.");
    }

    /// <summary>Says that a request has begun.</summary>
    public RequestTimer Begin(HttpContext context)
    {
        var route = Find(context.GetEndpoint());
        var method = RequestLabels.MethodIndex(context.Request.Method);
        Interlocked.Increment(ref route.ByMethod[method]);
        var timer = new RequestTimer(route, method, Stopwatch.GetTimestamp(), route.IsStream ? new StrongBox<bool>() : null);
        if (route.IsStream)
        {
            RecordAtStart(timer, context);
        }

        return timer;
    }

    /// <summary>Says that it has been answered.</summary>
    public void End(in RequestTimer timer, int status)
    {
        Interlocked.Decrement(ref timer.Route.ByMethod[timer.Method]);
        Record(timer, status);
    }

    private void RecordAtStart(RequestTimer timer, HttpContext context) => context.Response.OnStarting(() =>
    {
        Record(timer, context.Response.StatusCode);
        return Task.CompletedTask;
    });

    private void Record(in RequestTimer timer, int status)
    {
        if (timer.IsRecorded is { } recorded)
        {
            if (recorded.Value)
            {
                return;
            }

            recorded.Value = true;
        }

        _duration.Record(
            Stopwatch.GetElapsedTime(timer.Started).TotalSeconds,
            new(MethodAttribute, RequestLabels.Methods[timer.Method]),
            new(CodeAttribute, RequestLabels.Code(status)),
            new(RouteAttribute, timer.Route.Route));
    }

    private RouteInProgress Find(Endpoint? endpoint)
    {
        if (endpoint is null)
        {
            return _unmatched;
        }

        return _routes.TryGetValue(endpoint, out var route) ? route : Add(endpoint);
    }

    private RouteInProgress Add(Endpoint endpoint)
    {
        var route = RequestLabels.Route(endpoint);
        return string.Equals(route, RequestLabels.Unmatched, StringComparison.Ordinal)
            ? _unmatched
            : _routes.GetOrAdd(
                endpoint, static (endpoint, route) => new RouteInProgress(route, endpoint.Metadata.GetMetadata<StreamedAnswer>() is not null), route);
    }

    private IEnumerable<Measurement<long>> ObserveInProgress() =>
        from route in _routes.Values.Append(_unmatched)
        from method in route.ByMethod.Index()
        group method.Item by (route.Route, method.Index) into endpoints
        let requests = endpoints.Sum()
        where requests != 0
        select new Measurement<long>(
            requests,
            new(MethodAttribute, RequestLabels.Methods[endpoints.Key.Index]),
            new(RouteAttribute, endpoints.Key.Route));
}

/// <summary>The requests of one route that are being answered.</summary>
/// <param name="Route">The route's template.</param>
/// <param name="IsStream">Whether it has <see cref="StreamedAnswer"/>s.</param>
internal sealed record RouteInProgress(string Route, bool IsStream = false)
{
    /// <summary>How many, by the index of their method in <see cref="RequestLabels.Methods"/>.</summary>
    public readonly long[] ByMethod = new long[RequestLabels.Methods.Length];
}

/// <summary>A request that is being answered.</summary>
/// <param name="Route">The counters of its route.</param>
/// <param name="Method">The index of its method in <see cref="RequestLabels.Methods"/>.</param>
/// <param name="Started">When it began, in <see cref="Stopwatch"/> ticks.</param>
/// <param name="IsRecorded">Of a streamed answer, whether it has been recorded; else null.</param>
internal readonly record struct RequestTimer(RouteInProgress Route, int Method, long Started, StrongBox<bool>? IsRecorded);

/// <summary>Marks an endpoint whose answers last for as long as their clients like: they are counted and timed when they begin, and
/// are in progress until they end.</summary>
internal sealed class StreamedAnswer;
