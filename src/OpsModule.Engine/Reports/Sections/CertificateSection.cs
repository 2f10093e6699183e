using OpsModule.Engine.Environments;
using OpsModule.Engine.Health;
using OpsModule.Engine.Reports.Charts;

namespace OpsModule.Engine.Reports.Sections;

/// <summary>Certificates: how long each is still valid.</summary>
internal sealed class CertificateSection(int maximumRows) : ReportSection<CertificateRecord>("Certificates", maximumRows)
{
    private const double Scale = 90;

    private static readonly (double Warning, double Critical) Levels = LevelsOf(Figures.Find("certificate.left")!);

    private readonly Most<ReportBar> _left = new(40, b => -b.Value);

    protected override ReportFinding Take(CertificateRecord certificate)
    {
        double days = certificate.Left.TotalDays;
        HealthStatus status = certificate.Problem is not null || days <= Levels.Critical ? HealthStatus.Unhealthy : days <= Levels.Warning ? HealthStatus.Degraded : HealthStatus.Healthy;
        string left = days <= 0 ? "expired" : DurationText.Show(certificate.Left);
        _left.Add(new ReportBar(ReportText.Cut(certificate.Source), ReportText.Cut(certificate.Subject), days, Math.Max(Scale, days), left, status, Levels.Warning, Levels.Critical));
        string until = $"It {(days <= 0 ? "expired" : "expires")} on {ReportText.Time(certificate.NotAfter)}.";
        return new ReportFinding(status, $"certificate {certificate.Source}", certificate.Problem is { } problem ? $"{problem.TrimEnd('.')}. {until}" : until,
            status is HealthStatus.Healthy ? "" : certificate.Problem is null ? "Renew it, and see that the server takes the new one." : "Serve a whole chain for this name from an issuer that clients trust.");
    }

    public override IEnumerable<ReportChart> Charts() => [new BarChart("Time left", "The width is 90 days, or what is left where that is more.", _left.Items, _left.Total)];

    private static (double Warning, double Critical) LevelsOf(Figure figure) => (Days(figure.Warning!), Days(figure.Critical!));

    private static double Days(string level) => LevelText.TryParse(level, FigureUnit.Duration, out double seconds) ? seconds / 86_400 : 0;
}
