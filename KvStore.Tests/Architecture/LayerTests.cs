using System.Text.RegularExpressions;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Architecture;

/// <summary>Holds the folders to docs/architecture.md: which may use which, and how large a file may be.</summary>
public sealed class LayerTests
{
    private const int MaxLines = 300;

    private static readonly Dictionary<string, string[]> CoreMayUse = new(StringComparer.Ordinal)
    {
        ["Records"] = [],
        ["Errors"] = [],
        ["Search"] = ["Records"],
        ["Store"] = ["Search", "Records", "Errors"],
    };

    [Fact]
    public void The_core_needs_nothing_but_the_base_class_library()
    {
        typeof(ShardedStore).Assembly.GetReferencedAssemblies()
            .Where(assembly => !assembly.Name!.StartsWith("System.", StringComparison.Ordinal))
            .Should().BeEmpty();
    }

    [Fact]
    public void Folders_of_the_core_use_only_those_below_them()
    {
        foreach (var file in Repository.Sources("KvStore.Core"))
        {
            var folder = Path.GetRelativePath(Path.Combine(Repository.Root, "KvStore.Core"), file).Split(Path.DirectorySeparatorChar)[0];
            CoreMayUse.Should().ContainKey(folder);
            Used(File.ReadAllText(file)).Should().BeSubsetOf([folder, .. CoreMayUse[folder]], "{0} is in {1}", file, folder);
        }
    }

    [Fact]
    public void Endpoints_know_the_store_by_its_door_alone()
    {
        foreach (var file in Repository.Sources("KvStore.Api").Where(file => !file.Contains("/Hosting/", StringComparison.Ordinal)))
        {
            File.ReadAllText(file).Should().NotContain(nameof(ShardedStore), "{0} must not know which store it is", file);
        }
    }

    [Theory]
    [InlineData("KvStore.Core")]
    [InlineData("KvStore.Api")]
    [InlineData("KvStore.Tests")]
    [InlineData("KvStore.Benchmarks")]
    public void No_file_is_too_long_to_read_in_one_sitting(string project)
    {
        Repository.Sources(project).Where(file => File.ReadLines(file).Count() > MaxLines).Should().BeEmpty();
    }

    [Fact]
    public void A_folder_that_is_used_is_found_in_a_using_and_in_a_full_name()
    {
        Used("using KvStore.Core.Store;\nvar a = KvStore.Core.Search.KeyOrder.Forward;").Should().Equal("Store", "Search");
    }

    private static IEnumerable<string> Used(string source) =>
        Regex.Matches(source, @"KvStore\.Core\.(?<folder>\w+)", RegexOptions.ExplicitCapture)
            .Select(match => match.Groups["folder"].Value)
            .Distinct(StringComparer.Ordinal);
}
