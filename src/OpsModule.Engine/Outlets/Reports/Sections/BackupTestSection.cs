using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Tests of backups: which passed.</summary>
internal sealed class BackupTestSection(int maximumRows) : ReportSection<BackupTestResult>("Tests of backups", maximumRows)
{
    private readonly Most<ReportTile> _tiles = new(200, t => HealthSummary.Rank(t.Status!.Value));

    protected override ReportFinding Take(BackupTestResult test)
    {
        HealthStatus status = test.Passed ? HealthStatus.Healthy : HealthStatus.Unhealthy;
        string name = test.Backup is { } backup ? $"{backup.Name}{(backup.Tenant is null ? "" : " / " + backup.Tenant)}" : Path.GetFileName(test.Location);
        _tiles.Add(new ReportTile("", ReportText.Cut(name), $"{test.Backup?.Id} {(test.Passed ? "passed" : test.Finding.ToString())} in {test.Store}".Trim(), status));
        return new ReportFinding(status, $"backup {test.Backup?.Id ?? test.Location}", test.Message, test.Passed ? "" : "Make a new backup now, and find out what happened to this one.");
    }

    public override IEnumerable<ReportChart> Charts() => [new TileChart("All tests", null, _tiles.Items, _tiles.Total)];
}
