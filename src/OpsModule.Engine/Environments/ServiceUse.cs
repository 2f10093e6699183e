namespace OpsModule.Engine.Environments;

/// <summary>What an environment counts on a service for.</summary>
internal static class ServiceUse
{
    /// <summary>The setting that names the service as one that must answer, such as <c>databases.main</c>; null when there is none.</summary>
    public static string? UseOf(this OpsEnvironment environment, string service) =>
        environment.Databases.Values.Where(d => d.Service == service).Select(d => "databases." + d.Name)
            .Concat(environment.Caches.Values.Where(c => c.Service == service).Select(c => "caches." + c.Name))
            .Concat(environment.Services.Values.Where(s => s.Name == service && s.Health is not null).Select(s => $"services.{s.Name}.health"))
            .Concat(environment.Certificates.Values.Where(c => c.Service == service).Select(c => "certificates." + c.Name))
            .Concat(environment.Checks.Values.Where(c => c.Kind == CheckKind.Command && c.Service == service).Select(c => "checks." + c.Name)).FirstOrDefault();

    /// <summary>
    /// Where more is written about what a check found: what the check or its levels say counts before what its thing says.
    /// </summary>
    public static string? RunbookOf(this OpsEnvironment environment, string check, string target) =>
        environment.Checks.GetValueOrDefault(check)?.Runbook ?? environment.Thresholds.GetValueOrDefault(check)?.Runbook ?? check.Split('.')[0] switch
        {
            "service" or "http" => environment.Services.GetValueOrDefault(target)?.Runbook,
            "database" => environment.Databases.GetValueOrDefault(target)?.Runbook,
            "cache" => environment.Caches.GetValueOrDefault(target)?.Runbook,
            _ => null,
        };
}
