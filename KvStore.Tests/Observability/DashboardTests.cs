using System.Text.Json;

namespace KvStore.Tests.Observability;

/// <summary>The dashboard as Grafana wants it, and as an operator does.</summary>
public sealed class DashboardTests
{
    private const int Columns = 24;

    [Fact]
    public void Every_panel_has_an_id_of_its_own_a_title_a_description_and_a_unit()
    {
        Dashboard.All.Select(panel => panel.GetProperty("id").GetInt32()).Should().OnlyHaveUniqueItems();
        Dashboard.All.Select(Title).Should().NotContain("");
        Dashboard.Panels.Select(Title).Should().OnlyHaveUniqueItems();
        Dashboard.Panels.Should().HaveCountGreaterThan(30).And.AllSatisfy(panel =>
        {
            panel.GetProperty("description").GetString().Should().EndWith(".", Title(panel));
            panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString().Should().NotBeNullOrEmpty(Title(panel));
        });
    }

    [Fact]
    public void No_panel_covers_another_or_the_edge()
    {
        foreach (var layout in Dashboard.Layouts)
        {
            var cells = layout.SelectMany(panel => Cells(panel.GetProperty("gridPos"))).ToList();
            cells.Should().OnlyHaveUniqueItems().And.AllSatisfy(cell => cell.X.Should().BeInRange(0, Columns - 1));
        }
    }

    [Fact]
    public void It_is_tied_to_no_installation()
    {
        Dashboard.Variables.Should().Equal("datasource", "job", "instance");
        Dashboard.DataSources.Distinct(StringComparer.Ordinal).Should().BeEquivalentTo("${datasource}", "-- Grafana --");
    }

    [Fact]
    public void Queries_of_a_panel_have_names_of_their_own()
    {
        Dashboard.Panels.Should().AllSatisfy(panel =>
            panel.GetProperty("targets").EnumerateArray().Select(target => target.GetProperty("refId").GetString()).Should().NotBeEmpty().And.OnlyHaveUniqueItems(Title(panel)));
    }

    private static string Title(JsonElement panel) => panel.GetProperty("title").GetString()!;

    private static IEnumerable<(int X, int Y)> Cells(JsonElement place) =>
        from x in Enumerable.Range(place.GetProperty("x").GetInt32(), place.GetProperty("w").GetInt32())
        from y in Enumerable.Range(place.GetProperty("y").GetInt32(), place.GetProperty("h").GetInt32())
        select (x, y);
}
