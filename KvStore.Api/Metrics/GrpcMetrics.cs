using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using KvStore.Api.Grpc;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Server;

namespace KvStore.Api.Metrics;

/// <summary>Counts and times gRPC calls, each when it ends, under the names that Go's servers have for it; those of BigTableLite also under their own.</summary>
/// <remarks>Safe for any number of threads; allocates nothing a call.</remarks>
internal sealed class GrpcMetrics
{
    private const string ServiceAttribute = "grpc.service", MethodAttribute = "grpc.method", CodeAttribute = "grpc.code";

    // What is no method has this for service and method, whatever a client calls it.
    private const string Unmatched = "unmatched";

    private static readonly string[] Codes = [.. Enum.GetValues<StatusCode>().Select(NameOf)];

    // Counted here and not by an instrument: it would look at three attributes for each call.
    private readonly ConcurrentDictionary<GrpcMethod, long[]> _handled = new(ReferenceEqualityComparer.Instance);
    private readonly long[] _unmatched = new long[Codes.Length];
    private readonly Histogram<double> _handling;
    private readonly Counter<long> _bigTableLiteRequests;
    private readonly Histogram<double> _bigTableLiteDuration;

    public GrpcMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MetricsSetup.MeterName);
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = HttpMetrics.BucketsInSeconds };
        meter.CreateObservableCounter("grpc.server.handled", ObserveHandled, unit: null, "gRPC calls that have ended.");
        _handling = meter.CreateHistogram("grpc.server.handling", "s", "Time to answer a gRPC call, to its end.", tags: null, advice);
        _bigTableLiteRequests = meter.CreateCounter<long>("bigtablelite.requests", unit: null, "Calls of the BigTableLite service.");
        _bigTableLiteDuration = meter.CreateHistogram(
            "bigtablelite.request.duration", "s", "Time to answer a call of the BigTableLite service.", tags: null, advice);
    }

    /// <summary>Records a call that has ended; null where there is no such method.</summary>
    public void Record(GrpcMethod? method, StatusCode code, TimeSpan elapsed)
    {
        var handled = method is null ? _unmatched : _handled.GetOrAdd(method, static _ => new long[Codes.Length]);
        Interlocked.Increment(ref handled[(int)code]);
        if (method is null)
        {
            return;
        }

        _handling.Record(elapsed.TotalSeconds, new(ServiceAttribute, method.Service), new(MethodAttribute, method.Name));
        if (string.Equals(method.Service, BigTableLiteService.Name, StringComparison.Ordinal))
        {
            var plain = new KeyValuePair<string, object?>("method", method.Name);
            _bigTableLiteRequests.Add(1, plain, new("status", code == StatusCode.Ok ? "success" : "error"));
            _bigTableLiteDuration.Record(elapsed.TotalSeconds, plain);
        }
    }

    private IEnumerable<Measurement<long>> ObserveHandled() =>
        _handled.SelectMany(method => Observe(method.Key.Service, method.Key.Name, method.Value))
            .Concat(Observe(Unmatched, Unmatched, _unmatched));

    private static IEnumerable<Measurement<long>> Observe(string service, string method, long[] handled) =>
        from code in handled.Index()
        where code.Item != 0
        select new Measurement<long>(
            code.Item, new(ServiceAttribute, service), new(MethodAttribute, method), new(CodeAttribute, Codes[code.Index]));

    /// <summary>The name of a code as the protocol's documents write it, such as <c>INVALID_ARGUMENT</c>.</summary>
    public static string NameOf(StatusCode code)
    {
        var name = code.ToString();
        return string.Concat(name.Select((letter, i) =>
            (i > 0 && char.IsUpper(letter) ? "_" : "") + char.ToUpperInvariant(letter)));
    }
}
