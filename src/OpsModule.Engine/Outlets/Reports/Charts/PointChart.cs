namespace OpsModule.Engine.Outlets.Reports.Charts;

/// <summary>A value at a time.</summary>
internal readonly record struct ReportPoint(DateTimeOffset Time, double Value);

/// <summary>Values of one thing over time.</summary>
internal sealed record ReportCurve(string Label, string Text, IReadOnlyList<ReportPoint> Points);

/// <summary>How values went over time: a small drawing for each thing, each with a scale of its own from zero, all with the same time.</summary>
internal sealed record PointChart(string Title, string? Note, IReadOnlyList<ReportCurve> Curves) : ReportChart(Title, Note)
{
    private const double Height = 60, Room = 6;

    public override bool HasContent => Curves.Count > 0;

    protected override void Draw(HtmlWriter html)
    {
        DateTimeOffset from = Curves.Min(c => c.Points.Min(p => p.Time)), to = Curves.Max(c => c.Points.Max(p => p.Time));
        using var grid = html.In("div", ("class", "curves"));
        foreach (ReportCurve curve in Curves)
        {
            using var block = html.In("div", ("class", "curve"));
            using (html.In("p", ("class", "linehead")))
            {
                html.Element("b", curve.Label);
                html.Element("span", curve.Text, ("class", "value"));
            }
            double highest = Math.Max(1, curve.Points.Max(p => p.Value));
            using (Canvas(html, "points", Height, $"{curve.Label}: {curve.Text}"))
            {
                html.Shape("path", ("class", "grid"), ("d", $"M0 {N(Height)}H1000"));
                foreach (ReportPoint point in curve.Points)
                {
                    double x = Room + ((to > from ? (point.Time - from) / (to - from) : 0.5) * (1000 - (2 * Room))), y = Room + ((1 - (point.Value / highest)) * (Height - Room));
                    html.Shape("path", ("class", "stem"), ("d", $"M{N(x)} {N(Height)}V{N(y)}"));
                    html.Shape("path", ("class", "dot"), ("d", $"M{N(x)} {N(y)}h0"));
                }
            }
            WriteTimes(html, from, to);
        }
    }
}
