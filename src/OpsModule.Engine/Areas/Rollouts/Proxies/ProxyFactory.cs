using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Proxies;
using OpsModule.Connections.Proxies.Caddy;
using OpsModule.Connections.Proxies.HAProxy;
using OpsModule.Connections.Proxies.Nginx;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Rollouts.Proxies;

/// <summary>Opens the proxies that the environment names.</summary>
public static class ProxyFactory
{
    /// <summary>All that the environment names.</summary>
    public static IReadOnlyCollection<ProxySettings> Known(OpsContext context) =>
        [.. context.Environment.Section<ProxiesSettings>().Entries.Values];

    /// <summary>What the environment says of a proxy.</summary>
    /// <exception cref="OpsException"><c>ProxyNotFound</c>.</exception>
    public static ProxySettings Find(OpsContext context, string name)
    {
        IReadOnlyDictionary<string, ProxySettings> known = context.Environment.Section<ProxiesSettings>().Entries;
        if (known.TryGetValue(name, out ProxySettings? settings)) return settings;
        throw ProxyErrors.ProxyNotFound.Make($"The environment {context.Environment.Name} names no proxy '{name}'" + (known.Count == 0
            ? "; it names none."
            : $"; it names {string.Join(", ", known.Keys)}."), NearestName.Of(name, known.Keys) is { } near ? $"Did you mean {near}?"
            : $"Write it under proxies: in the environment file: proxies: {{ {name}: {{ nginx: {{ upstreams: /etc/nginx/upstreams }} }} "
                + $"}}.", name);
    }

    /// <summary>Opens a proxy; where it runs as a service, its instance is looked for.</summary>
    /// <exception cref="OpsException"><c>ProxyNotFound</c>, <c>ProxyUnreachable</c>, and what the platform reports.</exception>
    public static async Task<IServiceProxy> OpenAsync(OpsContext context, string name, CancellationToken cancellationToken)
    {
        ProxySettings settings = Find(context, name);
        ServiceInstance? instance = settings.Service is { } service ? await InstanceAsync(context, settings, service,
            cancellationToken).ConfigureAwait(false) : null;
        IReadOnlyList<string>? networks = instance is null ? null : await NetworksAsync(context, instance,
            cancellationToken).ConfigureAwait(false);
        string where = settings.Service is null ? "this machine" : $"service {settings.Service}";
        switch (settings.Kind)
        {
            case ProxyKind.Nginx:
                return new NginxProxy(Options(settings) with { Networks = networks }, SeatOf(context, instance), context.Time);
            case ProxyKind.HAProxy:
                return new HAProxyProxy(new HAProxyOptions(settings.Name, settings.Control!, settings.State!)
                {
                    ProofSocket = settings.Proof, Where = where, Networks = networks,
                }, context.Time);
            default:
                return new CaddyProxy(new CaddyOptions(settings.Name, RouteOf(settings.Control!))
                {
                    Proof = settings.Proof is { } proof ? RouteOf(proof) : null, Where = where, Networks = networks,
                }, context.Time);
        }
    }

    /// <summary>How an nginx is configured.</summary>
    internal static NginxOptions Options(ProxySettings settings) => new(settings.Name, settings.Upstreams!)
    {
        Port = settings.Port, LogFolder = settings.Logs, ProofPath = settings.Path, Configuration = settings.Configuration,
            ListensOutside = settings.Service is not null,
    };

    /// <summary>Where an nginx runs.</summary>
    internal static async Task<INginxSeat> SeatAsync(OpsContext context, ProxySettings settings, CancellationToken cancellationToken) =>
        SeatOf(context,
        settings.Service is { } service ? await InstanceAsync(context, settings, service, cancellationToken).ConfigureAwait(false) : null);

    private static INginxSeat SeatOf(OpsContext context, ServiceInstance? instance) => instance is null ? new HostSeat()
        : new InstanceSeat(context.Platform(), instance, (port, ct) => context.ReachAsync(instance, port, ct));

    /// <summary>A URL, host and port, or the path of a socket.</summary>
    internal static ProxyRoute RouteOf(string place)
    {
        if (place.StartsWith('/')) return ProxyRoute.OfSocket(place);
        if (Uri.TryCreate(place, UriKind.Absolute, out Uri? url) && url.Scheme == "http") return ProxyRoute.OfPort(url.Host.Trim('[',
            ']'), url.Port);
        (string host, int port) = Foundations.Network.Address.Parse(place);
        return ProxyRoute.OfPort(host, port);
    }

    private static async Task<ServiceInstance> InstanceAsync(OpsContext context, ProxySettings settings, string service,
        CancellationToken ct)
    {
        ServiceInstance[] running = [.. (await context.Platform().ListAsync([service], ct).ConfigureAwait(false)).SelectMany(s =>
            s.Instances)
            .Where(i => i.State == InstanceState.Running)];
        return running is [var one] ? one : throw ProxyErrors.ProxyUnreachable.Make(
            $"The proxy {settings.Name} is the service {service}, of which {running.Length} instances run; exactly one was expected, "
                + $"for each has its own servers.",
            running.Length == 0 ? $"Start it: Start-OpsService {service}." : $"Scale it to one: Set-OpsService {service} -Replicas 1.",
                settings.Name);
    }

    /// <summary>Those that it is in; null on the machine's own network.</summary>
    private static async Task<IReadOnlyList<string>?> NetworksAsync(OpsContext context, ServiceInstance instance, CancellationToken ct)
    {
        if (context.Platform().Rolling is not IInstanceRollout rolling) return null;
        InstanceFacts? facts = await rolling.LookAsync(instance.Id, ct).ConfigureAwait(false);
        return facts is null or { IsOnHostNetwork: true } ? null : [.. facts.Addresses.Keys];
    }
}
