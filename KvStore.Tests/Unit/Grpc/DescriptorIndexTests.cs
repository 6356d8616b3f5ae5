using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using KvStore.Grpc.Health.V1;
using KvStore.Grpc.Reflection;

namespace KvStore.Tests.Unit.Grpc;

public sealed class DescriptorIndexTests
{
    [Fact]
    public void A_file_comes_first_and_with_all_that_it_depends_on_each_once()
    {
        // It uses Api, which uses two files, of which one uses a third.
        var file = ServiceUsing(ApiReflection.Descriptor);
        var index = new DescriptorIndex([file.Services[0]]);

        var files = index.FileWith("test.Tests.Run")!.Select(bytes => FileDescriptorProto.Parser.ParseFrom(bytes).Name).ToList();

        files[0].Should().Be("service.proto");
        files.Skip(1).Should().BeEquivalentTo(
            "google/protobuf/api.proto", "google/protobuf/source_context.proto", "google/protobuf/type.proto", "google/protobuf/any.proto");
    }

    [Fact]
    public void What_a_service_depends_on_is_found_too()
    {
        var index = new DescriptorIndex([ServiceUsing(ApiReflection.Descriptor).Services[0]]);

        index.FileWith("google.protobuf.Any").Should().NotBeNull();
        index.FileNamed("google/protobuf/any.proto").Should().ContainSingle();
        index.FileNamed("any.proto").Should().BeNull();
        index.HasMessage("google.protobuf.Any").Should().BeTrue();
        index.HasMessage("google.protobuf.Syntax").Should().BeFalse("it is an enum");
        index.FileWith("google.protobuf.Syntax").Should().NotBeNull();
        index.Services.Should().Equal("test.Tests");
    }

    [Fact]
    public void Nested_types_are_found()
    {
        var index = new DescriptorIndex([HealthReflection.Descriptor.Services[0]]);

        index.FileWith("grpc.health.v1.HealthCheckResponse.ServingStatus").Should().ContainSingle();
        index.FileWith("grpc.health.v1.ServingStatus").Should().BeNull();
    }

    private static FileDescriptor ServiceUsing(FileDescriptor used)
    {
        var method = new MethodDescriptorProto { Name = "Run", InputType = ".google.protobuf.Api", OutputType = ".google.protobuf.Api" };
        var file = new FileDescriptorProto
        {
            Name = "service.proto",
            Package = "test",
            Syntax = "proto3",
            Dependency = { used.Name },
            Service = { new ServiceDescriptorProto { Name = "Tests", Method = { method } } },
        };
        List<ByteString> files = [];
        Collect(used, files);
        return FileDescriptor.BuildFromByteStrings([.. files, file.ToByteString()])[^1];
    }

    private static void Collect(FileDescriptor file, List<ByteString> files)
    {
        foreach (var dependency in file.Dependencies)
        {
            Collect(dependency, files);
        }

        if (!files.Contains(file.SerializedData))
        {
            files.Add(file.SerializedData);
        }
    }
}
