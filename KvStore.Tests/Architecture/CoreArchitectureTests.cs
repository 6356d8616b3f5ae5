using System.Reflection;
using System.Xml.Linq;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Architecture;

public sealed class CoreArchitectureTests
{
    private static readonly string BaseClassLibrary = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    [Fact]
    public void Core_uses_the_base_class_library_alone()
    {
        ForeignReferences(typeof(ShardedStore).Assembly).Should().BeEmpty();

        XDocument.Load(Path.Combine(Repository.Root, "KvStore.Core", "KvStore.Core.csproj"))
            .Descendants().Select(element => element.Name.LocalName)
            .Should().NotContain(name => name.EndsWith("Reference", StringComparison.Ordinal));
    }

    [Fact]
    public void A_reference_beyond_the_base_class_library_is_noticed()
    {
        ForeignReferences(typeof(Program).Assembly).Should().Contain("KvStore.Core").And.Contain("Microsoft.AspNetCore.Http.Abstractions");
    }

    [Fact]
    public void Folders_of_core_use_only_what_is_below_them()
    {
        var core = Path.Combine(Repository.Root, "KvStore.Core");

        Repository.Sources("KvStore.Core")
            .SelectMany(file => CoreFolders.Violations(FolderOf(core, file), File.ReadAllText(file)))
            .Should().BeEmpty();

        CoreFolders.All.Should().OnlyContain(folder => Directory.Exists(Path.Combine(core, folder)));
    }

    [Theory]
    [InlineData("Records", "using KvStore.Core.Store;", "Records uses Store")]
    [InlineData("Search", "using static KvStore.Core.Store.Shard;", "Search uses Store")]
    [InlineData("Search", "using Problem = KvStore.Core.Errors.ErrorCode;", "Search uses Errors")]
    [InlineData("Search", "var shard = new Store.Shard();", "Search uses Store")]
    [InlineData("Errors", "global::KvStore.Core.Records.ContentTypes.Default", "Errors uses Records")]
    [InlineData("Store", "namespace KvStore.Core.Search;", "Store holds the namespace KvStore.Core.Search")]
    [InlineData("Helpers", "", "Helpers is a folder without a place in the order")]
    public void A_folder_that_points_upward_is_noticed(string folder, string source, string violation)
    {
        CoreFolders.Violations(folder, source).Should().Equal(violation);
    }

    [Theory]
    [InlineData("Store", "using KvStore.Core.Search;\nusing KvStore.Core.Errors;\nnamespace KvStore.Core.Store;")]
    [InlineData("Search", "// See KvStore.Core.Store.\nvar limit = options.Store.Limit;")]
    public void A_folder_that_points_downward_is_not(string folder, string source)
    {
        CoreFolders.Violations(folder, source).Should().BeEmpty();
    }

    private static IEnumerable<string> ForeignReferences(Assembly assembly) => assembly.GetReferencedAssemblies()
        .Select(reference => reference.Name!)
        .Where(name => !File.Exists(Path.Combine(BaseClassLibrary, name + ".dll")));

    private static string FolderOf(string project, string file) =>
        Path.GetRelativePath(project, file).Split(Path.DirectorySeparatorChar) is [var folder, _, ..] ? folder : "the project itself";
}
