using Google.Protobuf.Reflection;
using KvStore.Grpc.Health.V1;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Server;
using static KvStore.Grpc.Health.V1.HealthCheckResponse.Types;

namespace KvStore.Grpc.Health;

/// <summary>The standard health service (https://github.com/grpc/grpc/blob/master/doc/health-checking.md): what load balancers and Kubernetes ask.</summary>
/// <param name="source">Knows how the services are.</param>
public sealed class HealthService(IHealthSource source) : IGrpcService
{
    /// <inheritdoc />
    public ServiceDescriptor Descriptor => HealthReflection.Descriptor.Services[0];

    /// <inheritdoc />
    public void Bind(MethodBinder methods) => methods
        .Unary<HealthCheckRequest, HealthCheckResponse>("Check", CheckAsync)
        .ServerStreaming<HealthCheckRequest, HealthCheckResponse>("Watch", WatchAsync);

    private async ValueTask<HealthCheckResponse> CheckAsync(HealthCheckRequest request, ServerCallContext context)
    {
        var status = await StatusOfAsync(request, context);
        return status == ServingStatus.ServiceUnknown
            ? throw RpcException.Of(StatusCode.NotFound, "There is no such service.")
            : new HealthCheckResponse { Status = status };
    }

    private async Task WatchAsync(HealthCheckRequest request, ServerStreamWriter<HealthCheckResponse> responses, ServerCallContext context)
    {
        var told = ServingStatus.Unknown;
        while (true)
        {
            // Both before the status: a change that comes while it is asked for is waited for no more, and the last one is told before the end.
            var isEnding = source.IsEnding;
            var change = source.WaitForChangeAsync(context.CancellationToken);
            var status = await StatusOfAsync(request, context);
            if (status != told)
            {
                await responses.WriteAsync(new HealthCheckResponse { Status = status });
                told = status;
            }

            if (isEnding)
            {
                throw RpcException.Of(StatusCode.Unavailable, "The service is shutting down.");
            }

            await change;
        }
    }

    private async ValueTask<ServingStatus> StatusOfAsync(HealthCheckRequest request, ServerCallContext context) =>
        await source.IsServingAsync(request.Service, context.CancellationToken) switch
        {
            null => ServingStatus.ServiceUnknown,
            true => ServingStatus.Serving,
            false => ServingStatus.NotServing,
        };
}
