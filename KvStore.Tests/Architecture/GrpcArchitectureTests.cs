using System.Xml.Linq;
using KvStore.Grpc.Server;
using KvStore.Tests.Support;

namespace KvStore.Tests.Architecture;

/// <summary>The protocol knows nothing of ours, so that a library can take its place.</summary>
public sealed class GrpcArchitectureTests
{
    [Fact]
    public void The_protocol_uses_nothing_of_ours()
    {
        typeof(GrpcServer).Assembly.GetReferencedAssemblies().Select(reference => reference.Name)
            .Should().NotContain(name => name!.StartsWith("KvStore", StringComparison.Ordinal));

        XDocument.Load(Path.Combine(Repository.Root, "KvStore.Grpc", "KvStore.Grpc.csproj"))
            .Descendants().Select(element => element.Name.LocalName)
            .Should().NotContain("ProjectReference");
    }

    [Fact]
    public void Only_the_folder_for_it_and_its_metrics_know_the_protocol()
    {
        var api = Path.Combine(Repository.Root, "KvStore.Api");

        Repository.Sources("KvStore.Api")
            .Where(file => File.ReadAllText(file).Contains("using KvStore.Grpc", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(api, file).Split(Path.DirectorySeparatorChar)[0])
            .Distinct(StringComparer.Ordinal)
            .Should().BeEquivalentTo("Grpc", "Metrics");
    }
}
