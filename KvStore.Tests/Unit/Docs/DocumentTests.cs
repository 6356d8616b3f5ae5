using System.Text.RegularExpressions;
using KvStore.Api.Options;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Docs;

/// <summary>Holds the documents to what they are about.</summary>
public sealed class DocumentTests
{
    public static TheoryData<string> Documents => [.. Directory
        .EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Repository.Root, file))
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj" or "node_modules" or "artifacts"))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_relative_link_leads_to_a_file(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;

        var broken = Links(File.ReadAllText(Path.Combine(Repository.Root, document)))
            .Where(link => !File.Exists(Path.Combine(folder, link)) && !Directory.Exists(Path.Combine(folder, link)));

        broken.Should().BeEmpty();
    }

    [Fact]
    public void The_readme_lists_every_setting_with_its_default_and_what_it_takes()
    {
        var rows = Rows("README.md", "KvStore__");

        rows.Select(row => (Name: row[0], Default: row[1].Split(' ')[0], Allowed: row[2], Aliases: row[3])).Should().Equal(
            SettingsCatalogue.All.Select(setting => (
                $"`{setting.EnvironmentVariable}`",
                setting.Default,
                setting.Allowed,
                string.Join(", ", setting.Aliases.Select(Spell)))));
    }

    [Fact]
    public void Links_are_found_without_their_fragment_and_without_addresses()
    {
        Links("[a](docs/a.md#part) [b](https://example.org/b.md) [c](#here) ![d](e.png)").Should().Equal("docs/a.md", "e.png");
    }

    private static string Spell(string alias) => char.IsUpper(alias[0]) ? $"`{alias}`" : $"`-{alias}`";

    private static IEnumerable<string> Links(string markdown) =>
        Regex.Matches(markdown, @"\]\((?<link>[^)#\s]+)(#[^)]*)?\)", RegexOptions.ExplicitCapture)
            .Select(match => match.Groups["link"].Value)
            .Where(link => !link.Contains(':', StringComparison.Ordinal));

    private static List<string[]> Rows(string document, string containing) =>
        [.. File.ReadLines(Path.Combine(Repository.Root, document))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal) && line.Contains(containing, StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))
            .Select(row => row.Length == 4 ? row : [.. row, ""])];
}
