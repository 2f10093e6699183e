using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Health;

/// <summary>An endpoint of the environment file that has a certificate.</summary>
/// <param name="Address">Host and port.</param>
/// <param name="CaFile">Who is trusted for it; null for whom the system trusts.</param>
public sealed record NamedEndpoint(string Address, string? CaFile)
{
    /// <summary>All that a file names, each once: https health URLs, checks of certificates, and certificates.</summary>
    public static IReadOnlyList<NamedEndpoint> Of(OpsEnvironment environment)
    {
        IEnumerable<NamedEndpoint> services = environment.Services.Values
            .Select(s => Uri.TryCreate(s.Health, UriKind.Absolute, out Uri? url) && url.Scheme == "https" ? new NamedEndpoint($"{url.IdnHost}:{url.Port}", s.Endpoint?.CaFile) : null).OfType<NamedEndpoint>();
        IEnumerable<NamedEndpoint> checks = environment.Checks.Values.Where(c => c.Kind == CheckKind.Certificate).Select(c => new NamedEndpoint(c.Subject, c.CaFile));
        IEnumerable<NamedEndpoint> certificates = environment.Certificates.Values.Select(c => new NamedEndpoint(c.Endpoint, c.CaFile));
        return [.. services.Concat(checks).Concat(certificates).DistinctBy(e => e.Address, StringComparer.OrdinalIgnoreCase)];
    }
}
