using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Whether an endpoint of <c>certificates:</c> serves what lies in its file: one that was renewed and never loaded is found before it hurts.</summary>
internal static class ServedFileCheck
{
    public const string Name = "certificate.served";

    public static IEnumerable<HealthCheck> All(OpsContext context) => context.Environment.Certificates.Values.Select(c => Of(context, c));

    private static HealthCheck Of(OpsContext context, CertificateSettings certificate) => new(Name, certificate.Endpoint, async (report, token) =>
    {
        using ServedCertificate served = await CertificateCheck.ReadAsync(certificate.Endpoint, certificate.CaFile, report, token).ConfigureAwait(false);
        CertificateCheck.ReportServed(served, report);
        report.Check = Name;
        if (!report.Wants(Name)) return;
        ServedFile file;
        try { file = ServedFile.Read(certificate.ServedFile, context.Time); }
        catch (OpsException e)
        {
            // What cannot be read says nothing of what is served.
            report.Said(HealthStatus.Unknown, e.Message, e.RecommendedAction);
            return;
        }
        string? difference = file.DifferenceTo(served);
        HealthStatus status = difference is null ? HealthStatus.Healthy : file.IsServedBy(served) ? HealthStatus.Degraded : HealthStatus.Unhealthy;
        report.Said(status, difference is null ? $"It serves what {certificate.ServedFile} holds." : $"{char.ToUpperInvariant(difference[0])}{difference[1..]} ({certificate.ServedFile}).",
            status == HealthStatus.Degraded ? "Let the server serve the file with the whole chain (fullchain.pem), and reload it." : $"Reload the server: Update-OpsCertificate {certificate.Name}.");
    })
    {
        IsNeededByOthers = true,
        Checks = [Name, CertificateCheck.Valid, CertificateCheck.Left],
        Services = certificate.Service is { } service ? [service] : [],
    };
}
