using Google.Protobuf;
using Google.Protobuf.Reflection;
using KvStore.Grpc.Client;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Reflection.V1;
using KvStore.Tests.Support;
using V1Alpha = KvStore.Grpc.Reflection.V1Alpha;

namespace KvStore.Tests.Integration.Grpc;

public sealed class ReflectionTests : IDisposable
{
    private static readonly Method<ServerReflectionRequest, ServerReflectionResponse> V1Method =
        new(ReflectionReflection.Descriptor.Services[0], "ServerReflectionInfo");

    private static readonly Method<V1Alpha.ServerReflectionRequest, V1Alpha.ServerReflectionResponse> V1AlphaMethod =
        new(V1Alpha.ReflectionReflection.Descriptor.Services[0], "ServerReflectionInfo");

    private readonly ServiceFactory _service = new();
    private readonly GrpcClient _client;

    public ReflectionTests() => _client = new GrpcClient(_service.GrpcAddress);

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task Every_service_is_listed_reflection_and_health_too()
    {
        var response = await AskAsync(new ServerReflectionRequest { Host = "h", ListServices = "" });

        response.ValidHost.Should().Be("h");
        response.ListServicesResponse.Service.Select(service => service.Name).Should().Equal(
            "bigtablelite.BigTableLite", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection", "kvstore.KeyValueStore");
    }

    [Fact]
    public async Task From_the_files_of_all_services_each_can_be_built_as_a_client_without_any_builds_it()
    {
        foreach (var service in (await AskAsync(new ServerReflectionRequest { ListServices = "" })).ListServicesResponse.Service)
        {
            var response = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = service.Name });

            var files = response.FileDescriptorResponse.FileDescriptorProto;
            var built = FileDescriptor.BuildFromByteStrings(files.Reverse());
            built[^1].Services.Should().ContainSingle().Which.FullName.Should().Be(service.Name);
        }
    }

    [Theory]
    [InlineData("kvstore.KeyValueStore", "kvstore.proto")]
    [InlineData("kvstore.KeyValueStore.Get", "kvstore.proto")]
    [InlineData("kvstore.ChangeEvent", "kvstore.proto")]
    [InlineData("kvstore.GetRequest.key", "kvstore.proto")]
    [InlineData("kvstore.BatchOperation.operation", "kvstore.proto")]
    [InlineData("kvstore.ChangeEvent.ChangeType", "kvstore.proto")]
    [InlineData("kvstore.ChangeEvent.SET", "kvstore.proto")]
    [InlineData("grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health.proto")]
    public async Task A_symbol_leads_to_its_file_and_so_does_the_files_name(string symbol, string file)
    {
        var bySymbol = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = symbol });
        var byName = await AskAsync(new ServerReflectionRequest { FileByFilename = file });

        NameOf(bySymbol).Should().Be(file);
        NameOf(byName).Should().Be(file);
    }

    public static TheoryData<ServerReflectionRequest, StatusCode> WrongRequests => new()
    {
        { new ServerReflectionRequest { FileByFilename = "nope.proto" }, StatusCode.NotFound },
        { new ServerReflectionRequest { FileContainingSymbol = "kvstore" }, StatusCode.NotFound },
        { new ServerReflectionRequest { AllExtensionNumbersOfType = "nope" }, StatusCode.NotFound },
        {
            new ServerReflectionRequest { FileContainingExtension = new ExtensionRequest { ContainingType = "kvstore.GetRequest", ExtensionNumber = 1 } },
            StatusCode.NotFound
        },
        { new ServerReflectionRequest(), StatusCode.InvalidArgument },
    };

    [Theory]
    [MemberData(nameof(WrongRequests))]
    public async Task What_cannot_be_answered_is_an_error_with_the_request_and_the_stream_goes_on(ServerReflectionRequest request, StatusCode code)
    {
        using var call = _client.Channel.AsyncDuplexStreamingCall(V1Method, GrpcClient.Patiently);
        foreach (var asked in new[] { request, request })
        {
            await call.RequestStream.WriteAsync(asked);
            (await call.ResponseStream.MoveNext()).Should().BeTrue();
            call.ResponseStream.Current.OriginalRequest.Should().Be(asked);
            call.ResponseStream.Current.ErrorResponse.ErrorCode.Should().Be((int)code);
        }

        await call.RequestStream.CompleteAsync();
        (await call.ResponseStream.MoveNext()).Should().BeFalse();
    }

    [Fact]
    public async Task A_message_has_no_extensions()
    {
        var response = await AskAsync(new ServerReflectionRequest { AllExtensionNumbersOfType = "kvstore.GetRequest" });

        response.AllExtensionNumbersResponse.Should().Be(new ExtensionNumberResponse { BaseTypeName = "kvstore.GetRequest" });
    }

    [Fact]
    public async Task The_older_version_answers_the_same()
    {
        using var call = _client.Channel.AsyncDuplexStreamingCall(V1AlphaMethod, GrpcClient.Patiently);
        foreach (var request in new ServerReflectionRequest[]
        {
            new() { ListServices = "" }, new() { FileContainingSymbol = "kvstore.KeyValueStore" }, new() { FileByFilename = "nope" },
        })
        {
            await call.RequestStream.WriteAsync(V1Alpha.ServerReflectionRequest.Parser.ParseFrom(request.ToByteString()));
            (await call.ResponseStream.MoveNext()).Should().BeTrue();

            var expected = await AskAsync(request);
            call.ResponseStream.Current.ToByteString().Should().Equal(expected.ToByteString());
        }
    }

    private static string NameOf(ServerReflectionResponse response) =>
        FileDescriptorProto.Parser.ParseFrom(response.FileDescriptorResponse.FileDescriptorProto[0]).Name;

    private async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest request)
    {
        using var call = _client.Channel.AsyncDuplexStreamingCall(V1Method, GrpcClient.Patiently);
        await call.RequestStream.WriteAsync(request);
        await call.RequestStream.CompleteAsync();
        (await call.ResponseStream.MoveNext()).Should().BeTrue();
        return call.ResponseStream.Current;
    }
}
