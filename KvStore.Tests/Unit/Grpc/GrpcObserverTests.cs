using System.Diagnostics.Metrics;
using KvStore.Api.Grpc;
using KvStore.Api.Metrics;
using KvStore.Grpc.Health;
using KvStore.Grpc.Health.V1;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Server;
using KvStore.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KvStore.Tests.Unit.Grpc;

public sealed class GrpcObserverTests : IDisposable
{
    private static readonly GrpcMethod Method = new(HealthReflection.Descriptor.Services[0].Methods[0]);

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ListLog _log = new();

    public void Dispose() => _services.Dispose();

    [Theory]
    [InlineData(StatusCode.InvalidArgument, "malformed-request")]
    [InlineData(StatusCode.Internal, "malformed-request")]
    [InlineData(StatusCode.ResourceExhausted, "request-too-large")]
    [InlineData(StatusCode.DeadlineExceeded, "request-timeout")]
    [InlineData(StatusCode.Unavailable, "draining")]
    [InlineData(StatusCode.NotFound, "not-found")]
    [InlineData(StatusCode.Unimplemented, "unsupported-media-type")]
    [InlineData(StatusCode.Unknown, "internal-error")]
    public void An_error_of_the_protocols_own_has_the_code_that_rest_has_for_the_like(StatusCode status, string code)
    {
        var (described, trailers) = Create().Describe(Method, new Status(status, "Why."));

        described.Should().Be(new Status(status, $"{code}: Why."));
        trailers!.Get("kvstore-error-code").Should().Be(code);
    }

    [Fact]
    public void A_method_that_is_not_there_is_not_found_and_a_call_given_up_has_nobody_to_be_told()
    {
        Create().Describe(null, new Status(StatusCode.Unimplemented, "")).Trailers!.Get("kvstore-error-code").Should().Be("not-found");
        Create().Describe(Method, new Status(StatusCode.Cancelled, "")).Trailers.Should().BeNull();
    }

    [Fact]
    public async Task A_fault_of_a_service_is_logged_and_its_client_learns_nothing_of_it()
    {
        var server = new GrpcServer([new HealthService(new Faulty())], new GrpcServerOptions { Observer = Create() });
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http2));
        await using var app = builder.Build();
        app.Run(server.InvokeAsync);
        await app.StartAsync();
        using var client = new GrpcClient(new Uri(app.Urls.Single()));

        var failed = await FluentActions.Awaiting(() => client.CheckHealthAsync()).Should().ThrowAsync<RpcException>();

        failed.Which.Status.Should().Be(new Status(StatusCode.Unknown, "internal-error: The service failed to answer."));
        _log.Lines.Should().ContainSingle().Which.Should().Contain("/grpc.health.v1.Health/Check").And.Contain("secret");
    }

    private GrpcObserver Create() => new(new GrpcMetrics(_services.GetRequiredService<IMeterFactory>()), _log);

    private sealed class Faulty : IHealthSource
    {
        public bool IsEnding => false;

        public ValueTask<bool?> IsServingAsync(string service, CancellationToken cancellationToken) => throw new NotSupportedException("secret");

        public Task WaitForChangeAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class ListLog : ILogger<GrpcObserver>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add($"{formatter(state, exception)} {exception}");
    }
}
