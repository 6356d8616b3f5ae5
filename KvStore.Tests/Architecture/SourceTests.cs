using System.Text.RegularExpressions;
using KvStore.Tests.Support;

namespace KvStore.Tests.Architecture;

public sealed partial class SourceTests
{
    private const int ProductLines = 300;
    private const int TestLines = 500;

    [Theory]
    [InlineData("KvStore.Core", ProductLines)]
    [InlineData("KvStore.Api", ProductLines)]
    [InlineData("KvStore.Grpc", ProductLines)]
    [InlineData("KvStore.Cli", ProductLines)]
    [InlineData("KvStore.Benchmarks", ProductLines)]
    [InlineData("KvStore.Tests", TestLines)]
    public void Files_are_short_enough_to_be_read_in_one_sitting(string project, int most)
    {
        Repository.Sources(project).Should().NotBeEmpty();

        Repository.Sources(project)
            .Select(file => (File: Path.GetRelativePath(Repository.Root, file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > most)
            .Should().BeEmpty();
    }

    [Fact]
    public void The_command_line_runs_without_the_service_and_without_asp_net()
    {
        typeof(KvStore.Cli.CommandLine).Assembly.GetReferencedAssemblies().Select(reference => reference.Name)
            .Should().Contain("KvStore.Grpc").And.Contain("KvStore.Core")
            .And.NotContain(name => name!.StartsWith("KvStore.", StringComparison.Ordinal) && name != "KvStore.Grpc" && name != "KvStore.Core")
            .And.NotContain(name => name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
    }

    [Fact]
    public void The_command_line_knows_of_the_core_what_is_about_files_alone()
    {
        Repository.Sources("KvStore.Cli")
            .SelectMany(file => CoreNamespace().Matches(File.ReadAllText(file)).Select(match => match.Value))
            .Distinct(StringComparer.Ordinal)
            .Should().Equal("KvStore.Core.Durability");
    }

    [Fact]
    public void Only_hosting_knows_which_store_there_is()
    {
        Repository.Sources("KvStore.Api")
            .Where(file => FolderOf(file) != "Hosting" && StoreBehindTheDoor().IsMatch(File.ReadAllText(file)))
            .Should().BeEmpty();
    }

    [Theory]
    [InlineData("var store = new ShardedStore();", true)]
    [InlineData("ExpirySweep.RunAsync(store, stop)", true)]
    [InlineData("IKeyValueStore store", false)]
    public void A_store_behind_the_door_is_noticed(string source, bool noticed)
    {
        StoreBehindTheDoor().IsMatch(source).Should().Be(noticed);
    }

    [Fact]
    public void Nothing_but_the_hint_to_the_processor_is_unsafe()
    {
        Repository.Sources("KvStore.Core")
            .Where(file => UnsafeCode().IsMatch(File.ReadAllText(file)))
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Should().Equal("KvStore.Core/Memory/Prefetch.cs");
    }

    private static string FolderOf(string file) =>
        Path.GetRelativePath(Path.Combine(Repository.Root, "KvStore.Api"), file).Split(Path.DirectorySeparatorChar)[0];

    [GeneratedRegex(@"\bunsafe\b|\bUnsafe\.", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UnsafeCode();

    [GeneratedRegex(@"\bKvStore\.Core\.\w+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CoreNamespace();

    [GeneratedRegex(@"\b(ShardedStore|ExpirySweep)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StoreBehindTheDoor();
}
