using System.Collections.Frozen;
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

    private static readonly FrozenDictionary<StatusCode, string> Codes =
        Enum.GetValues<StatusCode>().ToFrozenDictionary(code => code, NameOf);

    private readonly Counter<long> _handled;
    private readonly Histogram<double> _handling;
    private readonly Counter<long> _bigTableLiteRequests;
    private readonly Histogram<double> _bigTableLiteDuration;

    public GrpcMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MetricsSetup.MeterName);
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = HttpMetrics.BucketsInSeconds };
        _handled = meter.CreateCounter<long>("grpc.server.handled", unit: null, "gRPC calls that have ended.");
        _handling = meter.CreateHistogram("grpc.server.handling", "s", "Time to answer a gRPC call, to its end.", tags: null, advice);
        _bigTableLiteRequests = meter.CreateCounter<long>("bigtablelite.requests", unit: null, "Calls of the BigTableLite service.");
        _bigTableLiteDuration = meter.CreateHistogram(
            "bigtablelite.request.duration", "s", "Time to answer a call of the BigTableLite service.", tags: null, advice);
    }

    /// <summary>Records a call that has ended; null where there is no such method.</summary>
    public void Record(GrpcMethod? method, StatusCode code, TimeSpan elapsed)
    {
        var service = new KeyValuePair<string, object?>(ServiceAttribute, method?.Service ?? Unmatched);
        var name = new KeyValuePair<string, object?>(MethodAttribute, method?.Name ?? Unmatched);
        _handled.Add(1, service, name, new(CodeAttribute, Codes[code]));
        if (method is null)
        {
            return;
        }

        _handling.Record(elapsed.TotalSeconds, service, name);
        if (string.Equals(method.Service, BigTableLiteService.Name, StringComparison.Ordinal))
        {
            var plain = new KeyValuePair<string, object?>("method", method.Name);
            _bigTableLiteRequests.Add(1, plain, new("status", code == StatusCode.Ok ? "success" : "error"));
            _bigTableLiteDuration.Record(elapsed.TotalSeconds, plain);
        }
    }

    /// <summary>The name of a code as the protocol's documents write it, such as <c>INVALID_ARGUMENT</c>.</summary>
    private static string NameOf(StatusCode code)
    {
        var name = code.ToString();
        return string.Concat(name.Select((letter, i) =>
            (i > 0 && char.IsUpper(letter) ? "_" : "") + char.ToUpperInvariant(letter)));
    }
}
