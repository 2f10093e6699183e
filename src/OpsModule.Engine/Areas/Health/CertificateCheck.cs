using OpsModule.Engine.Environments;
using OpsModule.Foundations.Network;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Looks at the certificate that an endpoint serves: how long it is valid, whether it is trusted, and for the right name.</summary>
internal static class CertificateCheck
{
    public const string Valid = "certificate.valid";
    public const string Left = "certificate.left";
    private const string Renew = "Renew it, and let the server load the new one.";

    /// <summary>The check of a service whose health URL is https; null for others.</summary>
    public static HealthCheck? Of(ServiceSettings service)
    {
        if (!Uri.TryCreate(service.Health, UriKind.Absolute, out Uri? url) || url.Scheme != "https") return null;
        return new HealthCheck(Valid, $"{url.IdnHost}:{url.Port}", async (report, token) =>
        {
            using ServedCertificate served = await ReadAsync(url.IdnHost, url.Port, service.Endpoint?.CaFile, report, token).ConfigureAwait(false);
            ReportServed(served, report);
        })
        {
            IsNeededByOthers = true,
            Checks = [Valid, Left],
            Services = [service.Name],
        };
    }

    /// <summary>Whether it is trusted, and how long it is valid.</summary>
    public static void ReportServed(ServedCertificate served, HealthReport report)
    {
        report.Check = Valid;
        report.Said(served.Problem is null ? HealthStatus.Healthy : HealthStatus.Unhealthy, served.Problem is { } problem ? Sentence(problem) : $"It is trusted, for {TlsProblem.Names(served.Certificate)}.", TlsProblem.Remedy);
        ReportLeft(Left, report.LimitsOf(Left), served, report);
    }

    /// <summary>What <c>host:port</c> serves.</summary>
    public static Task<ServedCertificate> ReadAsync(string endpoint, string? caFile, HealthReport report, CancellationToken cancellationToken)
    {
        (string host, int port) = Address.Parse(endpoint);
        return ReadAsync(host, port, caFile, report, cancellationToken);
    }

    /// <summary>One verdict on an endpoint's certificate, for a check of the environment file.</summary>
    public static async Task RunAsync(CheckSettings own, HealthReport report, CancellationToken cancellationToken)
    {
        using ServedCertificate served = await ReadAsync(own.Subject, own.CaFile, report, cancellationToken).ConfigureAwait(false);
        if (served.Problem is { } problem) report.Said(HealthStatus.Unhealthy, Sentence(problem), own.Remedy ?? TlsProblem.Remedy);
        else ReportLeft(own.Name, own.Levels is { Warning: null, Critical: null } ? report.LimitsOf(Left) : Limits.Of(own.Levels, FigureUnit.Duration, higherIsWorse: false), served, report, own.Remedy);
    }

    private static Task<ServedCertificate> ReadAsync(string host, int port, string? caFile, HealthReport report, CancellationToken cancellationToken) =>
        ServedCertificate.ReadAsync(host, port, () => report.Waiting = "took the connection and began no TLS", cancellationToken, caFile: caFile);

    private static void ReportLeft(string name, Limits limits, ServedCertificate served, HealthReport report, string? remedy = null)
    {
        DateTimeOffset end = served.Certificate.NotAfter.ToUniversalTime();
        report.Measured(name, limits, (end - report.Now).TotalSeconds, $"It {(end < report.Now ? "expired" : "expires")} on {end:yyyy-MM-dd HH:mm}Z.", remedy ?? Renew);
    }

    private static string Sentence(string problem) => char.ToUpperInvariant(problem[0]) + problem[1..] + ".";
}
