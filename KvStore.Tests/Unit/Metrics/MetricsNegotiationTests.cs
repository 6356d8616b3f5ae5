using KvStore.Api.Metrics;
using Microsoft.AspNetCore.Http;

namespace KvStore.Tests.Unit.Metrics;

public sealed class MetricsNegotiationTests
{
    // What Prometheus 2 and 3 send.
    private const string Prometheus2 =
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

    private const string Prometheus3 =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,"
        + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

    [Theory]
    [InlineData(Prometheus2)]
    [InlineData(Prometheus3)]
    [InlineData("application/openmetrics-text")]
    [InlineData("Application/OpenMetrics-Text; version=1.0.0")]
    [InlineData("application/openmetrics-text; version=\"1.0.0\"")]
    [InlineData("text/plain;q=0.5, application/openmetrics-text;q=0.6")]
    public void OpenMetrics_is_for_who_prefers_it(string accept) => Choose(accept).Should().Be("OpenMetrics");

    [Theory]
    [InlineData("")]
    [InlineData("*/*")]
    [InlineData("text/plain")]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8")]
    [InlineData("application/json")]
    [InlineData("application/openmetrics-text;q=0")]
    [InlineData("application/openmetrics-text;version=0.0.1")]
    [InlineData("application/openmetrics-text;version=2.0.0")]
    [InlineData("application/openmetrics-text;q=0.2, text/plain;q=0.4")]
    [InlineData("application/openmetrics-text;q=0.2, */*")]
    [InlineData("@@ not, a; header")]
    public void Prometheus_text_is_for_all_others(string accept) => Choose(accept).Should().Be("Prometheus");

    [Fact]
    public void Each_form_has_its_content_type()
    {
        MetricsNegotiation.ContentType(MetricsFormat.Prometheus).Should().Be("text/plain; version=0.0.4; charset=utf-8");
        MetricsNegotiation.ContentType(MetricsFormat.OpenMetrics).Should().Be("application/openmetrics-text; version=1.0.0; charset=utf-8");
    }

    private static string Choose(string accept)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Accept = accept;
        return MetricsNegotiation.Choose(context.Request).ToString();
    }
}
