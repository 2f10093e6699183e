using OpsModule.Engine.Areas.Health;

namespace OpsModule.Engine.Outlets.Reports.Charts;

/// <summary>One thing and how it is.</summary>
internal sealed record ReportTile(string Group, string Label, string Detail, HealthStatus? Status);

/// <summary>Many things at a glance: each with its symbol, in groups.</summary>
internal sealed record TileChart(string Title, string? Note, IReadOnlyList<ReportTile> Tiles, int Total) : ReportChart(Title, Note)
{
    public override bool HasContent => Tiles.Count > 0;

    protected override void Draw(HtmlWriter html)
    {
        foreach (IGrouping<string, ReportTile> group in Tiles.GroupBy(t => t.Group))
        {
            using var row = html.In("div", ("class", "group"));
            if (group.Key.Length > 0) html.Element("h4", group.Key);
            using var list = html.In("ul", ("class", "tiles"));
            foreach (ReportTile tile in group)
            {
                using var item = html.In("li", ("class", "tile " + ClassOf(tile.Status)));
                WriteIcon(html, tile.Status);
                html.Element("b", tile.Label);
                if (tile.Detail.Length > 0) { html.Text(" "); html.Element("small", tile.Detail); }
            }
        }
        if (Total > Tiles.Count) html.Element("p", $"{Tiles.Count} of {ReportText.Number(Total)} are drawn; the table has more.", ("class", "more"));
    }
}
