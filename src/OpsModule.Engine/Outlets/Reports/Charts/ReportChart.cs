using System.Globalization;
using OpsModule.Engine.Areas.Health;

namespace OpsModule.Engine.Outlets.Reports.Charts;

/// <summary>A picture of something that a person would rather look at than read. It draws itself; text stays text, so that it can be read at every width.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="Note">What is to be known to read it; null for nothing.</param>
internal abstract record ReportChart(string Title, string? Note)
{
    /// <summary>False when there is nothing to be seen.</summary>
    public abstract bool HasContent { get; }

    /// <summary>True for a chart that needs the whole width of the page.</summary>
    public virtual bool IsWide => true;

    public void Write(HtmlWriter html)
    {
        using var _ = html.In("figure", ("class", IsWide ? "chart wide" : "chart"));
        using (html.In("figcaption"))
        {
            html.Element("h3", Title);
            if (Note is not null) html.Element("p", Note);
        }
        Draw(html);
    }

    protected abstract void Draw(HtmlWriter html);

    /// <summary>A status as a class of the style sheet.</summary>
    public static string ClassOf(HealthStatus? status) => status?.ToString().ToLowerInvariant() ?? "plain";

    /// <summary>A status as a symbol and, for who cannot see it, as a word.</summary>
    public static void WriteIcon(HtmlWriter html, HealthStatus? status)
    {
        string name = ClassOf(status);
        using (html.In("svg", ("class", "icon " + name), ("role", "img"), ("aria-label", status?.ToString() ?? "Not judged"), ("viewBox", "0 0 16 16"))) html.Shape("use", ("href", "#i-" + name));
    }

    /// <summary>A number of an SVG.</summary>
    protected static string N(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A drawing that is stretched to the width there is.</summary>
    protected static HtmlWriter.Scope Canvas(HtmlWriter html, string kind, double height, string description) =>
        html.In("svg", ("class", kind), ("viewBox", "0 0 1000 " + N(height)), ("preserveAspectRatio", "none"), ("role", "img"), ("aria-label", description));

    /// <summary>The first, the middle and the last time below a drawing.</summary>
    protected static void WriteTimes(HtmlWriter html, DateTimeOffset from, DateTimeOffset to)
    {
        string format = to - from < TimeSpan.FromMinutes(5) ? "MM-dd HH:mm:ss" : to - from > TimeSpan.FromDays(60) ? "yyyy-MM-dd" : "MM-dd HH:mm";
        using var _ = html.In("p", ("class", "axis"));
        foreach (DateTimeOffset time in new[] { from, from + ((to - from) / 2), to }) html.Element("span", time.UtcDateTime.ToString(format, CultureInfo.InvariantCulture));
    }
}
