using OpsModule.Engine.Areas.Health;

namespace OpsModule.Engine.Outlets.Reports.Charts;

/// <summary>
/// What needs attention, gathered by what it is about: the worst of each thing leads, and what else is found of it, or follows from it,
/// stands
/// beneath. Things that are down come before a machine that is busy.
/// </summary>
internal sealed class AttentionList(IReadOnlyList<ReportFinding> findings, bool manyEnvironments, Func<ReportFinding, string?> anchorOf)
{
    private sealed record Group(ReportFinding Lead, IReadOnlyList<ReportFinding> Beneath);

    /// <summary>Writes the list.</summary>
    public void Write(HtmlWriter html)
    {
        using var list = html.In("ol");
        foreach (Group group in Groups())
        {
            using var item = html.In("li", ("class", ReportChart.ClassOf(group.Lead.Status)));
            WriteBadge(html, group.Lead);
            using var text = html.In("div");
            WriteFinding(html, group.Lead, withPlace: true);
            if (group.Beneath.Count == 0) continue;
            using var more = html.In("ul");
            foreach (ReportFinding finding in group.Beneath)
            {
                using var under = html.In("li", ("class", ReportChart.ClassOf(finding.Status) + " under"));
                WriteBadge(html, finding);
                using var what = html.In("div");
                WriteFinding(html, finding, withPlace: false);
            }
        }
    }

    private IEnumerable<Group> Groups()
    {
        var leads = findings.Where(f => f.CausedBy is null).Select(f => (f.Environment, f.About)).ToHashSet();
        // What follows from something that is not shown stands for itself.
        return findings.Select((Finding, Index) => (Finding, Index))
            .GroupBy(f => f.Finding.CausedBy is { } cause && leads.Contains((f.Finding.Environment, cause))
                ? (f.Finding.Environment, SubjectOf(cause)) : (f.Finding.Environment, f.Finding.Subject ?? $"\n{f.Index}"))
            .Select(g => g.OrderByDescending(f => HealthSummary.Rank(f.Finding.Status)).ThenBy(f => f.Finding.CausedBy is not null)
                .ThenBy(f => f.Finding.Weight).ThenBy(f => f.Index).ToArray())
            .OrderByDescending(g => HealthSummary.Rank(g[0].Finding.Status)).ThenBy(g => g[0].Finding.Weight).ThenBy(g => g[0].Index)
            .Select(g => new Group(g[0].Finding, [.. g.Skip(1).Select(f => f.Finding)]));

        string SubjectOf(string about) => findings.First(f => f.About == about).Subject ?? about;
    }

    private static void WriteBadge(HtmlWriter html, ReportFinding finding)
    {
        using var badge = html.In("p", ("class", "badge"));
        ReportChart.WriteIcon(html, finding.Status);
        html.Element("span", $"{finding.Status}", ("aria-hidden", "true"));
    }

    private void WriteFinding(HtmlWriter html, ReportFinding finding, bool withPlace)
    {
        html.Element("h3", finding.About);
        if (finding.Figure is { } figure) html.Element("p", figure, ("class", "figure"));
        html.Element("p", finding.Message);
        // Mending the cause is what is to be done about it.
        if (finding.CausedBy is { } cause) html.Element("p", $"Follows from {cause}.", ("class", "follows"));
        else if (finding.Remedy.Length > 0) html.Element("p", finding.Remedy, ("class", "remedy"));
        string? anchor = anchorOf(finding), place = manyEnvironments ? finding.Environment : null;
        if (finding.Runbook is null && !withPlace && place is null) return;
        using var links = html.In("p", ("class", "where"));
        if (place is not null) html.Text(place + (anchor is null && finding.Runbook is null ? "" : " · "));
        if (anchor is not null) html.Element("a", finding.SectionTitle, ("href", anchor));
        if (finding.Runbook is not { } runbook) return;
        if (anchor is not null) html.Text(" · ");
        html.Element("a", "Runbook", ("href", runbook), ("rel", "noreferrer"));
    }
}
