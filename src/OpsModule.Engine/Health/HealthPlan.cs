using System.IO.Enumeration;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Health;

/// <summary>What there is to look at in an environment, and which of it is wanted.</summary>
internal sealed class HealthPlan
{
    /// <summary>The group of the checks that the environment file declares.</summary>
    private const string OwnGroup = "checks";

    private readonly OpsEnvironment _environment;
    private readonly IReadOnlyList<string>? _patterns;

    private HealthPlan(OpsEnvironment environment, HealthRequest request)
    {
        _environment = environment;
        _patterns = request.Checks;
    }

    /// <summary>Every check that this version knows; those that the environment file declares come on top.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. new[]
        {
            EndpointCheck.Name, DatabaseCheck.Connect, CacheCheck.Connect, CacheCheck.Persistence, CacheCheck.Replication,
            CertificateCheck.Valid, ServedFileCheck.Name, JournalCheck.Name, ServiceCheck.State, ServiceCheck.Memory, ServiceCheck.Logs,
        }.Concat(Figures.All.Select(f => f.Name)).Order(StringComparer.Ordinal)];

    /// <summary>The checks to make.</summary>
    public IReadOnlyList<HealthCheck> Checks { get; private set; } = [];

    /// <summary>Plans a request.</summary>
    /// <exception cref="OpsException"><c>CheckUnknown</c>, <c>ServiceNotFound</c>.</exception>
    public static HealthPlan Make(OpsContext context, HealthRequest request)
    {
        var plan = new HealthPlan(context.Environment, request);
        plan.RefuseUnknownChecks();
        IEnumerable<HealthCheck> checks = All(context, request).Where(c => c.Checks.Any(plan.Wants));
        if (request.Services is { } services)
        {
            // Elsewhere the platform knows better than the file which services there are.
            if (context.Environment.Platform.Kind == PlatformKind.Host) RefuseUnknownServices(context.Environment, services);
            checks = checks.Where(c => c.Services.Intersect(services, StringComparer.OrdinalIgnoreCase).Any());
        }
        plan.Checks = [.. checks];
        return plan;
    }

    /// <summary>True when a check of this name is wanted.</summary>
    public bool Wants(string name) => _patterns is null || _patterns.Any(p => Fits(p, name));

    private bool Fits(string pattern, string name) =>
        pattern.Equals(name, StringComparison.OrdinalIgnoreCase)
        || name.StartsWith(pattern + ".", StringComparison.OrdinalIgnoreCase)
        || (HasWildcard(pattern) && FileSystemName.MatchesSimpleExpression(pattern, name))
        || (pattern.Equals(OwnGroup, StringComparison.OrdinalIgnoreCase) && _environment.Checks.ContainsKey(name));

    private static bool HasWildcard(string pattern) => pattern.AsSpan().ContainsAny('*', '?');

    private void RefuseUnknownChecks()
    {
        string[] names = [.. Known, .. _environment.Checks.Keys];
        foreach (string pattern in _patterns ?? [])
        {
            if (HasWildcard(pattern) || pattern.Equals(OwnGroup, StringComparison.OrdinalIgnoreCase) || names.Any(n => Fits(pattern, n))) continue;
            string[] groups = [.. Known.Select(n => n.Split('.')[0]).Distinct(), OwnGroup];
            string? near = NearestName.Of(pattern, names.Concat(groups));
            throw new OpsException("CheckUnknown", OpsErrorCategory.ObjectNotFound, $"There is no check '{pattern}'.{(near is null ? "" : $" Did you mean {near}?")}",
                $"Name one of {string.Join(", ", names)}; or a group: {string.Join(", ", groups)}.", pattern);
        }
    }

    private static void RefuseUnknownServices(OpsEnvironment environment, IReadOnlyList<string> services)
    {
        string[] known = [.. environment.Services.Keys.Concat(environment.Databases.Values.Select(d => d.Service)).Concat(environment.Caches.Values.Select(c => c.Service))
            .Concat(environment.Checks.Values.Select(c => c.Service)).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)];
        foreach (string name in services.Where(s => !known.Contains(s, StringComparer.OrdinalIgnoreCase)))
        {
            string? near = NearestName.Of(name, known);
            throw new OpsException("ServiceNotFound", OpsErrorCategory.ObjectNotFound,
                $"The environment {environment.Name} has no service {name}{(near is null ? known.Length == 0 ? "" : "; it has: " + string.Join(", ", known) : "")}.{(near is null ? "" : $" Did you mean {near}?")}",
                "Name a service of the environment file.", name);
        }
    }

    private static IEnumerable<HealthCheck> All(OpsContext context, HealthRequest request)
    {
        OpsEnvironment environment = context.Environment;
        var gate = new ConnectionGate(request.Timeout);
        Dictionary<string, DatabaseLane> lanes = environment.Databases.ToDictionary(d => d.Key, d => new DatabaseLane(context, d.Value, gate), StringComparer.OrdinalIgnoreCase);
        // First, because the processors are watched for a while: what connects comes meanwhile.
        foreach (HealthCheck check in HostChecks.All()) yield return check;
        foreach (ServiceSettings service in environment.Services.Values.Where(s => s.Health is not null))
        {
            yield return EndpointCheck.Of(service, request);
            // What stands under certificates, too, is looked at there.
            if (CertificateCheck.Of(service) is { } certificate && !environment.Certificates.Values.Any(c => c.Endpoint.Equals(certificate.Target, StringComparison.OrdinalIgnoreCase))) yield return certificate;
        }
        if (ServiceCheck.Of(context, request) is { } onPlatform) yield return onPlatform;
        foreach ((string name, DatabaseSettings database) in environment.Databases) yield return DatabaseCheck.Of(database, lanes[name]);
        foreach (CacheSettings cache in environment.Caches.Values) yield return CacheCheck.Of(context, cache);
        foreach (CheckSettings own in environment.Checks.Values) yield return OwnCheck.Of(context, own, request, lanes);
        foreach (HealthCheck check in ServedFileCheck.All(context)) yield return check;
        foreach (HealthCheck check in BackupCheck.All(context)) yield return check;
        yield return JournalCheck.Of(context);
    }
}
