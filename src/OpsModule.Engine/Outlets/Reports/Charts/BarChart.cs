using OpsModule.Engine.Areas.Health;

namespace OpsModule.Engine.Outlets.Reports.Charts;

/// <summary>One bar.</summary>
/// <param name="Label">Of what.</param>
/// <param name="Detail">More of that, smaller.</param>
/// <param name="Value">How long it is.</param>
/// <param name="Full">What the whole width stands for.</param>
/// <param name="Text">The value in words.</param>
/// <param name="Status">How well that is; null where it is not judged.</param>
/// <param name="Warning">Where the warning level is; null for none.</param>
/// <param name="Critical">Where the critical level is; null for none.</param>
internal sealed record ReportBar(string Label, string Detail, double Value, double Full, string Text, HealthStatus? Status = null, double? Warning = null, double? Critical = null);

/// <summary>Values side by side, each against its levels.</summary>
internal sealed record BarChart(string Title, string? Note, IReadOnlyList<ReportBar> Bars, int Total) : ReportChart(Title, Note)
{
    private const double Width = 1000, Height = 12;

    public override bool HasContent => Bars.Count > 0;

    protected override void Draw(HtmlWriter html)
    {
        using (html.In("ol", ("class", "bars")))
            foreach (ReportBar bar in Bars) Draw(html, bar);
        if (Bars.Any(b => (b.Warning ?? b.Critical) is not null))
            html.Constant("""<p class="legend"><svg class="key" viewBox="0 0 12 12" aria-hidden="true"><path class="mark warning" d="M6 0V12"/></svg> warning level <svg class="key" viewBox="0 0 12 12" aria-hidden="true"><path class="mark critical" d="M6 0V12"/></svg> critical level</p>""");
        if (Total > Bars.Count) html.Element("p", $"{Bars.Count} of {ReportText.Number(Total)} are drawn; the table has more.", ("class", "more"));
    }

    private static void Draw(HtmlWriter html, ReportBar bar)
    {
        using var item = html.In("li", ("class", "bar " + ClassOf(bar.Status)));
        using (html.In("span", ("class", "name")))
        {
            if (bar.Status is not null) WriteIcon(html, bar.Status);
            html.Element("b", bar.Label);
            if (bar.Detail.Length > 0) { html.Text(" "); html.Element("small", bar.Detail); }
        }
        using (html.In("svg", ("class", "track"), ("viewBox", "0 0 1000 12"), ("preserveAspectRatio", "none"), ("aria-hidden", "true")))
        {
            html.Shape("rect", ("class", "ground"), ("width", N(Width)), ("height", N(Height)));
            html.Shape("rect", ("class", "fill"), ("width", N(At(bar.Value))), ("height", N(Height)));
            Mark("warning", bar.Warning);
            Mark("critical", bar.Critical);
        }
        html.Element("span", bar.Text, ("class", "value"));

        double At(double value) => bar.Full <= 0 || double.IsNaN(value) ? 0 : Math.Clamp(value / bar.Full, 0, 1) * Width;

        void Mark(string level, double? value)
        {
            if (value is { } at) html.Shape("path", ("class", "mark " + level), ("d", $"M{N(At(at))} 0V{N(Height)}"));
        }
    }
}
