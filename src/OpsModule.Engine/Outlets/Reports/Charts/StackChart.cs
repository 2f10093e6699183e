namespace OpsModule.Engine.Outlets.Reports.Charts;

/// <summary>How many of each kind there were over time, as columns. The colours of the kinds come from the style sheet by their classes.</summary>
internal sealed record StackChart(string Title, string? Note, TimeCounts Counts) : ReportChart(Title, Note)
{
    private const double Height = 160;
    private const int FewestColumns = 24;

    public override bool HasContent => Counts.Total > 0;

    protected override void Draw(HtmlWriter html)
    {
        IReadOnlyList<TimeBucket> buckets = Counts.Buckets();
        long highest = buckets.Max(b => b.Total);
        // A few columns stay columns: one that fills the page looks like a mistake.
        double width = 1000.0 / Math.Max(buckets.Count, FewestColumns);
        string described = string.Join(", ", Counts.Series.Select(s => $"{s.Name}: {ReportText.Number(s.Total)}"));
        html.Element("p", $"most in one column: {ReportText.Number(highest)}", ("class", "peak"));
        using (Canvas(html, "columns", Height, $"{Title}. {described}"))
        {
            foreach (double at in new[] { 0.25, 0.5, 0.75 }) html.Shape("path", ("class", "grid"), ("d", $"M0 {N(Height * at)}H1000"));
            for (int i = 0; i < buckets.Count; i++)
            {
                double top = Height;
                for (int s = 0; s < Counts.Series.Count; s++)
                {
                    if (buckets[i].Counts[s] == 0) continue;
                    double height = Math.Max(1.5, Height * buckets[i].Counts[s] / highest);
                    top -= height;
                    html.Shape("rect", ("class", Counts.Series[s].Class), ("x", N(i * width)), ("y", N(Math.Max(0, top))), ("width", N(Math.Max(1, width * 0.86))), ("height", N(height)));
                }
            }
        }
        WriteTimes(html, buckets[0].From, buckets[0].From + (Counts.Width * Math.Max(buckets.Count, FewestColumns)));
        using var legend = html.In("ul", ("class", "legend"));
        foreach (TimeSeries series in Counts.Series.Where(s => s.Total > 0))
        {
            using var item = html.In("li");
            using (html.In("svg", ("class", "key"), ("viewBox", "0 0 12 12"), ("aria-hidden", "true"))) html.Shape("rect", ("class", series.Class), ("width", "12"), ("height", "12"), ("rx", "2"));
            html.Text($" {series.Name} ");
            html.Element("b", ReportText.Number(series.Total));
        }
    }
}
