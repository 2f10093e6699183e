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
}
