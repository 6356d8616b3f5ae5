using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using KvStore.Tests.Support;
using Processor = System.Runtime.InteropServices.Architecture;

namespace KvStore.Tests.Integration.Grpc;

/// <summary>A client that has no proto files and asks the server for them, as grpcurl does: <c>buf curl</c>.</summary>
public sealed class SchemalessClientTests(ServiceFactory service) : IClassFixture<ServiceFactory>
{
    private static readonly string Folder = Path.Combine(Repository.Root, "KvStore.Tests/Integration/Grpc/peers/buf");

    [SkippableTheory]
    [InlineData("grpc-v1")]
    [InlineData("grpc-v1alpha")]
    public async Task The_seeds_calls_are_answered_with_either_version_of_reflection(string version)
    {
        var set = await CallAsync("bigtablelite.BigTableLite/Set", """{"key":"test","value":"hello world"}""", version);
        var get = await CallAsync("bigtablelite.BigTableLite/Get", """{"key":"test"}""", version);

        Answer(set).Should().Be("""{"success":true,"message":"OK"}""");
        Answer(get).Should().Be("""{"found":true,"value":"hello world","message":"OK"}""");
    }

    [SkippableFact]
    public async Task A_stream_is_printed_message_by_message()
    {
        await CallAsync("kvstore.KeyValueStore/Set", """{"key":"stream/1","value":"one"}""");
        await CallAsync("kvstore.KeyValueStore/Set", """{"key":"stream/2","value_bytes":"AP8="}""");

        var search = await CallAsync("kvstore.KeyValueStore/Search", """{"prefix":"stream/"}""");

        search.ExitCode.Should().Be(0, search.Error);
        search.Output.Split("\n}").Select(message => message.Trim()).Should().Equal(
            "{\n  \"key\": \"stream/1\"", "{\n  \"key\": \"stream/2\"", "");
    }

    [SkippableFact]
    public async Task An_error_comes_with_its_code_and_its_reason()
    {
        var call = await CallAsync("kvstore.KeyValueStore/Set", """{"value":"of no key"}""");

        call.ExitCode.Should().NotBe(0);
        var error = JsonNode.Parse(call.Error)!;
        ((string?)error["code"]).Should().Be("invalid_argument");
        ((string?)error["message"]).Should().StartWith("malformed-key: ");
    }

    [SkippableFact]
    public async Task Every_method_is_listed()
    {
        var list = await BufAsync("--list-methods", service.GrpcAddress.ToString());

        list.ExitCode.Should().Be(0, list.Error);
        list.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().Equal(
            "bigtablelite.BigTableLite/Delete",
            "bigtablelite.BigTableLite/Get",
            "bigtablelite.BigTableLite/Set",
            "grpc.health.v1.Health/Check",
            "grpc.health.v1.Health/Watch",
            "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            "kvstore.KeyValueStore/Batch",
            "kvstore.KeyValueStore/Count",
            "kvstore.KeyValueStore/Delete",
            "kvstore.KeyValueStore/Get",
            "kvstore.KeyValueStore/Search",
            "kvstore.KeyValueStore/Set",
            "kvstore.KeyValueStore/Subscribe");
    }

    private static string Answer(ProgramRun call)
    {
        call.ExitCode.Should().Be(0, call.Error);
        return JsonNode.Parse(call.Output)!.ToJsonString();
    }

    private Task<ProgramRun> CallAsync(string method, string message, string version = "grpc-v1") =>
        BufAsync("--reflect-protocol", version, "--data", message, $"{service.GrpcAddress}{method}");

    private static Task<ProgramRun> BufAsync(params string[] arguments)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Processor.X64, "the package's buf is for Linux on x64");
        RequiredTool.SkipUnlessInstalled(Folder);
        return ProgramRun.ToEndAsync(
            Path.Combine(Folder, "node_modules/@bufbuild/buf-linux-x64/bin/buf"), ["curl", "--protocol", "grpc", "--http2-prior-knowledge", .. arguments]);
    }
}
