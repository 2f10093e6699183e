using OpsModule.Engine.Areas.Health;

namespace OpsModule.Engine.Outlets.Reports.Charts;

/// <summary>A time in which something was other than well.</summary>
internal sealed record ReportSpan(DateTimeOffset From, TimeSpan Duration, string Text);

/// <summary>One line of time, well but for its spans.</summary>
internal sealed record ReportLine(string Label, string Text, HealthStatus Status, DateTimeOffset From, TimeSpan Duration, IReadOnlyList<ReportSpan> Gaps, int TotalGaps);

/// <summary>When something was well, and when not.</summary>
internal sealed record SpanChart(string Title, string? Note, IReadOnlyList<ReportLine> Lines) : ReportChart(Title, Note)
{
    private const int Named = 10;

    public override bool HasContent => Lines.Count > 0;

    protected override void Draw(HtmlWriter html)
    {
        foreach (ReportLine line in Lines)
        {
            using var block = html.In("div", ("class", "line"));
            using (html.In("p", ("class", "linehead")))
            {
                WriteIcon(html, line.Status);
                html.Element("b", line.Label);
                html.Element("span", line.Text, ("class", "value"));
            }
            using (Canvas(html, "timeline", 20, $"{line.Label}: {line.Text}"))
            {
                html.Shape("rect", ("class", "healthy"), ("width", "1000"), ("height", "20"));
                foreach (ReportSpan gap in line.Gaps)
                {
                    double from = Share(gap.From - line.From), width = Math.Max(3, Share(gap.Duration));
                    html.Shape("rect", ("class", "unhealthy"), ("x", N(Math.Min(from, 997))), ("width", N(Math.Min(width, 1000 - Math.Min(from, 997)))), ("height", "20"));
                }
            }
            WriteTimes(html, line.From, line.From + line.Duration);
            if (line.Gaps.Count == 0) continue;
            using var list = html.In("ul", ("class", "gaps"));
            foreach (ReportSpan gap in line.Gaps.OrderByDescending(g => g.Duration).Take(Named)) html.Element("li", gap.Text);
            if (line.TotalGaps > Named) html.Element("li", $"and {ReportText.Number(line.TotalGaps - Named)} shorter ones");

            double Share(TimeSpan span) => line.Duration <= TimeSpan.Zero ? 0 : Math.Clamp(span / line.Duration, 0, 1) * 1000;
        }
    }
}
