using System.Collections.Concurrent;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Health.Causes;

/// <summary>
/// What needs what: databases and caches the services that run them, services those of their <c>depends_on</c>. Things are called
/// <c>service api</c>, <c>database main</c>, <c>cache main</c>.
/// </summary>
internal sealed class NeedMap
{
    private readonly OpsEnvironment _environment;
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _needs = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool> _down = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool> _ownFault = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What the environment file says of it.</summary>
    public NeedMap(OpsEnvironment environment)
    {
        _environment = environment;
        foreach (DatabaseSettings database in environment.Databases.Values) Add(Database(database.Name), database.Service);
        foreach (CacheSettings cache in environment.Caches.Values) Add(Cache(cache.Name), cache.Service);

        void Add(string thing, string? service)
        {
            if (service is not null) _needs[thing] = [Service(service)];
        }
    }

    public static string Service(string name) => "service " + name;

    public static string Database(string name) => "database " + name;

    public static string Cache(string name) => "cache " + name;

    /// <summary>What the platform tells of a service.</summary>
    /// <param name="service">Its name.</param>
    /// <param name="needed">The services that it needs.</param>
    /// <param name="down">True when nothing of it is ready, meant or not.</param>
    /// <param name="ownFault">True when it is not well for a reason of its own: it was paused, or ended for want of memory.</param>
    public void Learn(string service, IEnumerable<string> needed, bool down, bool ownFault)
    {
        // A database may be asked for more than its service tells: who needs the service needs that it lets one in.
        _needs[Service(service)] = [.. needed.SelectMany(RunBy)];
        _down[Service(service)] = down;
        _ownFault[Service(service)] = ownFault;
    }

    /// <summary>What a thing needs, nearest first.</summary>
    public IReadOnlyList<string> Of(string thing) => _needs.GetValueOrDefault(thing) ?? [];

    /// <summary>True when the platform says that nothing of it is ready.</summary>
    public bool IsDown(string thing) => _down.GetValueOrDefault(thing);

    /// <summary>True when what is wrong with it has no cause elsewhere.</summary>
    public bool HasOwnFault(string thing) => _ownFault.GetValueOrDefault(thing);

    /// <summary>The things that a check is about; none when it is about no service, database or cache.</summary>
    public IReadOnlyList<string> About(string check, string target)
    {
        if (_environment.Checks.TryGetValue(check, out CheckSettings? own)) return [.. OfOwn(own)];
        return check.Split('.')[0] switch
        {
            "service" or "http" => [Service(target)],
            "database" => [Database(target)],
            "cache" => [Cache(target)],
            "certificate" => [.. Serving(target).Distinct(StringComparer.OrdinalIgnoreCase).Select(Service)],
            _ => [],
        };
    }

    private IEnumerable<string> OfOwn(CheckSettings own)
    {
        if (own.Kind == CheckKind.Sql && (own.Source ?? _environment.Databases.Keys.FirstOrDefault())
            is { } database) yield return Database(database);
        if (own.Kind == CheckKind.Redis && (own.Source ?? _environment.Caches.Keys.FirstOrDefault())
            is { } cache) yield return Cache(cache);
        // What logs say, or others count, is no matter of whether the service answers.
        if (own is { Service: { } service, Kind: CheckKind.Sql or CheckKind.Redis or CheckKind.Http or CheckKind.Tcp or CheckKind.Command })
            yield return Service(service);
    }

    /// <summary>The services that serve an endpoint's certificate.</summary>
    private IEnumerable<string> Serving(string endpoint) =>
        _environment.Certificates.Values.Where(c => c.Service is not null && c.Endpoint.Equals(endpoint,
            StringComparison.OrdinalIgnoreCase))
            .Select(c => c.Service!)
            .Concat(_environment.Services.Values.Where(s => Uri.TryCreate(s.Health, UriKind.Absolute, out Uri? url)
                && $"{url.IdnHost}:{url.Port}".Equals(endpoint, StringComparison.OrdinalIgnoreCase)).Select(s => s.Name));

    private IEnumerable<string> RunBy(string service) =>
        _environment.Databases.Values.Where(d => service.Equals(d.Service, StringComparison.OrdinalIgnoreCase)).Select(d =>
            Database(d.Name))
            .Concat(_environment.Caches.Values.Where(c => service.Equals(c.Service, StringComparison.OrdinalIgnoreCase)).Select(c =>
                Cache(c.Name)))
            .Append(Service(service));
}
