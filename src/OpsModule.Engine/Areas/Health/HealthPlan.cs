using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Health.Causes;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Health;

/// <summary>What there is to look at in an environment, and which of it is wanted.</summary>
internal sealed class HealthPlan
{
    /// <summary>The group of the checks that the environment file declares.</summary>
    private const string OwnGroup = "checks";

    private readonly OpsEnvironment _environment;
    private IReadOnlyList<string>? _patterns;

    private HealthPlan(OpsEnvironment environment, HealthRequest request)
    {
        _environment = environment;
        _patterns = request.Checks;
        Needs = new NeedMap(environment);
    }

    /// <summary>Every check that this version knows; those that the environment file declares come on top.</summary>
    public static IReadOnlyList<string> Known => field ??= [.. new[]
        {
            EndpointCheck.Name, DatabaseCheck.Connect, DatabaseCheck.Archive, CacheCheck.Connect, CacheCheck.Persistence,
                CacheCheck.Replication,
            CertificateCheck.Valid, ServedFileCheck.Name, JournalCheck.Name, JournalCheck.Forwarding, ServiceCheck.State,
                ServiceCheck.Memory, ServiceCheck.Logs, BackupCheck.Losses,
        }.Concat(Figures.All.Select(f => f.Name)).Concat(OfAreas.Select(a => a.Name)).Order(StringComparer.Ordinal)];

    /// <summary>Checks of areas that this one does not know, by name.</summary>
    internal static IReadOnlyList<(string Name, Func<OpsContext, IEnumerable<HealthCheck>> All)> OfAreas { get; set; } = [];

    /// <summary>The checks to make.</summary>
    public IReadOnlyList<HealthCheck> Checks { get; private set; } = [];

    /// <summary>What needs what in the environment.</summary>
    public NeedMap Needs { get; }

    /// <summary>Plans a request.</summary>
    /// <exception cref="OpsException"><c>CheckUnknown</c>, <c>ServiceNotFound</c>.</exception>
    public static HealthPlan Make(OpsContext context, HealthRequest request)
    {
        var plan = new HealthPlan(context.Environment, request);
        plan._patterns = KnownOf(plan._patterns, request.Unknown, plan.CheckKnown);
        // Elsewhere the platform knows better than the file which services there are.
        if (!context.Environment.Platform.KnowsServices)
            request = request with { Services = KnownOf(request.Services, request.Unknown, name => CheckKnown(context.Environment, name)) };
        plan.Checks = [.. All(context, request, plan.Needs).Where(c => c.Checks.Any(plan.Wants) && (request.Services is null
            || c.Services.Any(request.IsFor)))];
        return plan;
    }

    /// <summary>True when a check of this name is wanted.</summary>
    public bool Wants(string name) => _patterns is null || _patterns.Any(p => Fits(p, name));

    private bool Fits(string pattern, string name) =>
        pattern.Equals(name, StringComparison.OrdinalIgnoreCase)
        || name.StartsWith(pattern + ".", StringComparison.OrdinalIgnoreCase)
        || (NamePattern.HasWildcard(pattern) && NamePattern.IsMatch(pattern, name))
        || (pattern.Equals(OwnGroup, StringComparison.OrdinalIgnoreCase) && _environment.Checks.ContainsKey(name));

    /// <summary>Those of the written names that are known. One that is not fails alone while others are.</summary>
    private static IReadOnlyList<string>? KnownOf(IReadOnlyList<string>? written, Action<OpsException>? fail, Action<string> check)
    {
        if (written is null) return null;
        var failed = new List<OpsException>();
        var known = new List<string>();
        foreach (string name in written)
        {
            try
            {
                check(name);
                known.Add(name);
            }
            catch (OpsException e) { failed.Add(e); }
        }
        foreach (OpsException e in fail is null ? [] : known.Count == 0 ? failed.Skip(1) : failed) fail!(e);
        if (failed.Count > 0 && (fail is null || known.Count == 0)) throw failed[0];
        return known;
    }

    private void CheckKnown(string pattern)
    {
        string[] names = [.. Known.Concat(_environment.Checks.Keys)];
        if (pattern.Equals(OwnGroup, StringComparison.OrdinalIgnoreCase) || names.Any(n => Fits(pattern, n))) return;
        string[] groups = [.. Known.Select(n => n.Split('.')[0]).Distinct(), OwnGroup];
        if (NamePattern.HasWildcard(pattern)) throw NamePattern.Nothing(pattern, names, "check");
        string? near = NearestName.Of(pattern, names.Concat(groups));
        throw new OpsException("CheckUnknown", OpsErrorCategory.ObjectNotFound, $"There is no check '{pattern}'.{(near is null ? "" : $" Did you mean {near}?")}",
            $"Name one of {string.Join(", ", names)}; or a group: {string.Join(", ", groups)}.", pattern);
    }

    private static void CheckKnown(OpsEnvironment environment, string name)
    {
        string[] known = [.. environment.Services.Keys.Concat(environment.Databases.Values.Select(d => d.Service)).Concat(environment.Caches.Values.Select(c => c.Service))
            .Concat(environment.Checks.Values.Select(c => c.Service)).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)];
        if (known.Any(k => HealthRequest.Means(name, k))) return;
        if (NamePattern.HasWildcard(name)) throw NamePattern.Nothing(name, known, "service");
        string? near = NearestName.Of(name, known);
        throw new OpsException("ServiceNotFound", OpsErrorCategory.ObjectNotFound,
            $"The environment {environment.Name} has no service {name}{(near is null ? known.Length == 0 ? "" : "; it has: " + string.Join(", ", known) : "")}.{(near is null ? "" : $" Did you mean {near}?")}",
            "Name a service of the environment file.", name);
    }

    private static IEnumerable<HealthCheck> All(OpsContext context, HealthRequest request, NeedMap needs)
    {
        OpsEnvironment environment = context.Environment;
        var gate = new ConnectionGate(request.Timeout);
        Dictionary<string, DatabaseLane> lanes = environment.Databases.ToDictionary(d => d.Key, d => new DatabaseLane(context, d.Value, gate), StringComparer.OrdinalIgnoreCase);
        foreach (HealthCheck check in HostChecks.All(context)) yield return check;
        foreach (ServiceSettings service in environment.Services.Values.Where(s => s.Health is not null))
        {
            yield return EndpointCheck.Of(service, request);
            // What stands under certificates, too, is looked at there.
            if (CertificateCheck.Of(service) is { } certificate && !environment.Certificates.Values.Any(c => c.Endpoint.Equals(certificate.Target, StringComparison.OrdinalIgnoreCase))) yield return certificate;
        }
        if (ServiceCheck.Of(context, request, needs) is { } onPlatform) yield return onPlatform;
        foreach ((string name, DatabaseSettings database) in environment.Databases) yield return DatabaseCheck.Of(database, lanes[name]);
        foreach (CacheSettings cache in environment.Caches.Values) yield return CacheCheck.Of(context, cache);
        foreach (CheckSettings own in environment.Checks.Values) yield return OwnCheck.Of(context, own, request, lanes);
        foreach (HealthCheck check in ServedFileCheck.All(context)) yield return check;
        foreach (HealthCheck check in BackupCheck.All(context, gate)) yield return check;
        yield return JournalCheck.Of(context);
        yield return JournalCheck.OverdueOf(context);
        foreach (HealthCheck check in JournalCheck.Forwarded(context)) yield return check;
        foreach (HealthCheck check in OfAreas.SelectMany(a => a.All(context))) yield return check;
    }
}
