using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Outlets.Reports.Charts;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Backups: their sizes over time, and how old the newest of each is. Test-OpsHealth judges the ages.</summary>
internal sealed class BackupSection(int maximumRows, TimeProvider time) : ReportSection<BackupRecord>("Backups", maximumRows)
{
    private const int MostThings = 24, MostPoints = 120;

    private readonly Dictionary<string, Queue<ReportPoint>> _sizes = [];
    private readonly Dictionary<string, (DateTimeOffset Newest, DateTimeOffset? Verified)> _newest = [];
    private int _verified;
    private long _bytes;

    public override string Summary => $"{ReportText.Count(Table.Count, "backup")}, {ReportText.Bytes(_bytes)} stored; {ReportText.Number(_verified)} verified.";

    protected override ReportFinding? Take(BackupRecord backup)
    {
        _bytes += backup.StoredBytes;
        if (backup.VerifiedAt is not null) _verified++;
        string thing = ReportText.Cut($"{(backup.Kind == BackupKind.Database ? "" : $"{backup.Kind} ")}{backup.Name}{(backup.Tenant is null ? "" : " / " + backup.Tenant)} in {backup.Store}");
        if (!_sizes.TryGetValue(thing, out Queue<ReportPoint>? points))
        {
            if (_sizes.Count == MostThings) return null;
            _sizes[thing] = points = new Queue<ReportPoint>();
        }
        points.Enqueue(new ReportPoint(backup.StartedAt, backup.StoredBytes));
        if (points.Count > MostPoints) points.Dequeue();
        (DateTimeOffset newest, DateTimeOffset? verified) = _newest.GetValueOrDefault(thing);
        _newest[thing] = (backup.StartedAt > newest ? backup.StartedAt : newest, verified is null || backup.VerifiedAt > verified ? backup.VerifiedAt ?? verified : verified);
        return null;
    }

    public override IEnumerable<ReportChart> Charts()
    {
        DateTimeOffset now = time.GetUtcNow();
        ReportBar[] ages = [.. _newest.Select(p => new ReportBar(p.Key, p.Value.Verified is { } v ? $"verified {ReportText.Time(v)}" : "never verified", (now - p.Value.Newest).TotalHours, 0, DurationText.Show(now - p.Value.Newest)))];
        double oldest = ages.Length == 0 ? 0 : Math.Max(24, ages.Max(b => b.Value));
        yield return new BarChart("Age of the newest backup", null, [.. ages.OrderByDescending(b => b.Value).Select(b => b with { Full = oldest })], ages.Length);
        yield return new PointChart("Size over time", "Stored bytes; each scale begins at zero.", [.. _sizes.Where(p => p.Value.Count > 1).Select(p =>
            new ReportCurve(p.Key, $"{ReportText.Bytes(p.Value.MaxBy(x => x.Time).Value)} last", [.. p.Value]))]);
    }
}
