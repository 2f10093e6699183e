using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Outlets.Reports.Charts;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Drills: which proved that the data can be brought back, and how long that took.</summary>
internal sealed class DrillSection(int maximumRows) : ReportSection<DrillResult>("Recovery drills", maximumRows)
{
    private readonly Most<ReportBar> _times = new(40, b => HealthSummary.Rank(b.Status!.Value));

    protected override ReportFinding Take(DrillResult drill)
    {
        HealthStatus status = drill.Passed ? HealthStatus.Healthy : HealthStatus.Unhealthy;
        string of = ReportText.Cut($"{drill.Backup.Name}{(drill.Backup.Tenant is null ? "" : " / " + drill.Backup.Tenant)}");
        _times.Add(new ReportBar(of, ReportText.Cut(string.Join(", ", drill.Steps)), drill.RecoveryTime.TotalSeconds, 0, DurationText.Show(drill.RecoveryTime), status));
        return new ReportFinding(status, $"drill of {of}", drill.Passed ? $"{ReportText.Count(drill.Rows, "row")} of {ReportText.Count(drill.Tables, "table")} came back." : string.Join("; ", drill.Failures),
            drill.Passed ? "" : "Make a new backup, drill it, and do not rely on this one.");
    }

    public override IEnumerable<ReportChart> Charts()
    {
        double longest = _times.Items.Count == 0 ? 0 : _times.Items.Max(b => b.Value);
        return [new BarChart("Time to recover", "From opening the backup to the last comparison.", [.. _times.Items.Select(b => b with { Full = longest })], _times.Total)];
    }
}
