using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports.Charts;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Outlets.Reports.Sections;

/// <summary>Certificates: how long each is still valid.</summary>
internal sealed class CertificateSection(int maximumRows) : ReportSection<CertificateRecord>("Certificates", maximumRows)
{
    private const double Scale = 90;

    private readonly Most<ReportBar> _left = new(40, b => -b.Value);

    protected override HealthStatus? Mark(CertificateRecord certificate) => StatusOf(certificate);

    protected override ReportFinding? Take(CertificateRecord certificate)
    {
        double days = certificate.Left.TotalDays;
        (double? warning, double? critical) = Levels;
        HealthStatus status = StatusOf(certificate);
        string left = days <= 0 ? "expired" : DurationText.Show(certificate.Left);
        _left.Add(new ReportBar(ReportText.Cut(certificate.Source), ReportText.Cut(certificate.Subject), days, Math.Max(Scale, days), left, status, warning, critical));
        // Once is enough: the check of the same endpoint has said it.
        if (Known.JudgesCertificate(certificate.Source)) return null;
        string until = $"It {(days <= 0 ? "expired" : "expires")} on {ReportText.Time(certificate.NotAfter)}.";
        return new ReportFinding(status, $"certificate {certificate.Source}", certificate.Problem is { } problem ? $"{char.ToUpperInvariant(problem[0])}{problem[1..].TrimEnd('.')}. {until}" : until,
            status is HealthStatus.Healthy ? "" : certificate.Problem is null ? "Renew it, and see that the server takes the new one." : "Serve a whole chain for this name from an issuer that clients trust.");
    }

    public override IEnumerable<ReportChart> Charts() => [new BarChart("Time left", "The width is 90 days, or what is left where that is more.", _left.Items, _left.Total)];

    // In days.
    private (double? Warning, double? Critical) Levels => Known.LevelsOf("certificate.left") is var (warning, critical) ? (warning / 86_400, critical / 86_400) : default;

    private HealthStatus StatusOf(CertificateRecord certificate) => certificate.Problem is not null || certificate.Left.TotalDays <= Levels.Critical ? HealthStatus.Unhealthy
        : certificate.Left.TotalDays <= Levels.Warning ? HealthStatus.Degraded : HealthStatus.Healthy;
}
