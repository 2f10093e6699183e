using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>Writes the page: what is wrong first, then each kind of record with its charts, and its table behind them.</summary>
internal sealed class ReportPage(HtmlWriter html, ReportBuilder report, string title, DateTimeOffset made)
{
    // The symbols differ in shape as well as in colour.
    private const string Symbols = """
        <svg width="0" height="0" aria-hidden="true" focusable="false"><defs>
        <symbol id="i-healthy" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" class="s"/><path d="M4.4 8.3l2.5 2.5 4.8-5.3" class="l"/></symbol>
        <symbol id="i-degraded" viewBox="0 0 16 16"><path d="M8 .6 15.8 15H.2z" class="s"/><path d="M8 5.6v4.2M8 12.2v.4" class="l"/></symbol>
        <symbol id="i-unhealthy" viewBox="0 0 16 16"><path d="M4.7 0h6.6L16 4.7v6.6L11.3 16H4.7L0 11.3V4.7z" class="s"/><path d="M5 5l6 6M11 5l-6 6" class="l"/></symbol>
        <symbol id="i-unknown" viewBox="0 0 16 16"><path d="M8 0l8 8-8 8-8-8z" class="s"/><path d="M6.1 6.2c0-2.6 3.9-2.5 3.9-.1 0 1.5-2 1.6-2 3.3M8 11.6v.3" class="l"/></symbol>
        <symbol id="i-plain" viewBox="0 0 16 16"><circle cx="8" cy="8" r="4" class="s"/></symbol>
        </defs></svg>
        """;

    private static readonly HealthStatus[] Statuses = [HealthStatus.Unhealthy, HealthStatus.Unknown, HealthStatus.Degraded, HealthStatus.Healthy];

    private ReportTally Tally => report.Tally;

    public void Write()
    {
        html.Constant("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Void("meta", ("http-equiv", "Content-Security-Policy"), ("content", ReportStyle.Policy));
        html.Constant("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
        html.Element("title", title);
        html.Constant("\n<style>");
        html.Constant(ReportStyle.Sheet);
        html.Constant("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">Skip to the content</a>\n");
        html.Constant(Symbols);
        WriteHeader();
        using (html.In("main", ("id", "content")))
        {
            WriteVerdict();
            WriteContents();
            WriteAttention();
            int number = 0;
            foreach (ReportSection section in report.Sections) WriteSection(section, ++number);
        }
        using (html.In("footer")) html.Element("p", $"Made by OpsModule on {ReportText.Time(made)} from {ReportText.Count(report.Records, "record")}. All times are UTC.");
        html.Constant("\n</body>\n</html>\n");
    }

    private void WriteHeader()
    {
        using var header = html.In("header");
        if (report.Environments.Count > 0) html.Element("p", string.Join(", ", report.Environments), ("class", "eyebrow"));
        html.Element("h1", title);
        html.Element("p", $"Made {ReportText.Time(made)} (UTC) from {ReportText.Count(report.Records, "record")}", ("class", "meta"));
    }

    private void WriteVerdict()
    {
        HealthStatus? verdict = Tally.Verdict;
        using var section = html.In("section", ("class", "verdict " + ReportChart.ClassOf(verdict)), ("aria-labelledby", "verdict"));
        using (html.In("div", ("class", "headline")))
        {
            ReportChart.WriteIcon(html, verdict);
            using (html.In("div"))
            {
                html.Element("h2", verdict is null ? "Nothing was judged" : verdict is HealthStatus.Healthy ? "All is well" : $"{verdict}", ("id", "verdict"));
                html.Element("p", Tally.Judged == 0 ? "No record says whether something is well." : Tally.Attention == 0 ? $"{ReportText.Count(Tally.Judged, "finding")}, none of which needs attention."
                    : $"{ReportText.Number(Tally.Attention)} of {ReportText.Count(Tally.Judged, "finding")} {(Tally.Attention == 1 ? "needs" : "need")} attention.");
            }
        }
        if (Tally.Judged == 0) return;
        using (html.In("svg", ("class", "share"), ("viewBox", "0 0 1000 10"), ("preserveAspectRatio", "none"), ("aria-hidden", "true")))
        {
            double at = 0;
            foreach (HealthStatus status in Statuses.Where(s => Tally.Count(s) > 0))
            {
                double width = 1000.0 * Tally.Count(status) / Tally.Judged;
                html.Shape("rect", ("class", ReportChart.ClassOf(status)), ("x", FormattableString.Invariant($"{at:0.##}")), ("width", FormattableString.Invariant($"{width:0.##}")), ("height", "10"));
                at += width;
            }
        }
        using var counts = html.In("ul", ("class", "counts"));
        foreach (HealthStatus status in Statuses)
        {
            using var item = html.In("li", ("class", Tally.Count(status) == 0 ? "none" : null));
            ReportChart.WriteIcon(html, status);
            html.Element("b", ReportText.Number(Tally.Count(status)));
            html.Element("span", $" {status}");
        }
    }

    private void WriteContents()
    {
        if (report.Sections.Count < 2) return;
        using var nav = html.In("nav", ("aria-label", "Sections"));
        using var list = html.In("ul");
        int number = 0;
        foreach (ReportSection section in report.Sections)
        {
            using var item = html.In("li");
            using var link = html.In("a", ("href", $"#section-{++number}"));
            html.Text(section.Title + " ");
            html.Element("small", ReportText.Number(section.Table.Count));
        }
    }

    private void WriteAttention()
    {
        if (Tally.Attention == 0) return;
        using var section = html.In("section", ("class", "attention"), ("aria-labelledby", "attention"));
        html.Element("h2", "What needs attention", ("id", "attention"));
        List<ReportFinding> worst = [.. Tally.Worst];
        string[] titles = [.. report.Sections.Select(s => s.Title)];
        new AttentionList(worst, report.Environments.Count > 1,
            finding => Array.IndexOf(titles, finding.SectionTitle) is >= 0 and var at ? $"#section-{at + 1}" : null).Write(html);
        if (worst.Count < Tally.Attention) html.Element("p", $"{worst.Count} of {ReportText.Number(Tally.Attention)} shown, the worst first.", ("class", "more"));
    }

    private void WriteSection(ReportSection section, int number)
    {
        html.Constant("\n");
        using var element = html.In("section", ("class", "records"), ("id", $"section-{number}"), ("aria-labelledby", $"title-{number}"));
        html.Element("h2", section.Title, ("id", $"title-{number}"));
        if (section.Summary is { } summary) html.Element("p", summary, ("class", "summary"));
        foreach (ReportChart chart in section.Charts().Where(c => c.HasContent)) chart.Write(html);
        new ReportTableWriter(html, section).Write();
    }
}
