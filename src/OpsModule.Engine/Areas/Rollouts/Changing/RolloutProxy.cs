using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Areas.Rollouts.Watching;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>The proxy before a service, where there is one: what it is told, and what it proves.</summary>
internal sealed class RolloutProxy(RolloutRun on) : IDisposable
{
    private static readonly TimeSpan LongestProof = TimeSpan.FromSeconds(30);

    private IServiceProxy? _proxy;
    private int? _port;

    private readonly HashSet<string> _serving = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _failing = new(StringComparer.Ordinal), _unproven = new(StringComparer.Ordinal);

    /// <summary>True where an instance was seen serving through it, with an answer that is no error of a server.</summary>
    public bool HasServed(string id) => _serving.Contains(id);

    /// <summary>What it was seen to answer through it, where that were errors alone; else null.</summary>
    public string? FailureOf(string id) => _failing.GetValueOrDefault(id);

    /// <summary>Why nothing was seen to come through it from an instance, where that was looked for; else null.</summary>
    public string? UnprovenOf(string id) => _unproven.GetValueOrDefault(id);

    /// <summary>What it is, and how it was proven; null without one.</summary>
    public string? Words { get; private set; }

    public bool IsThere => on.Order.Proxy is not null;

    /// <summary>Makes it send requests to these, and none that is new to those that drain.</summary>
    public async Task SetAsync(IEnumerable<InstanceFacts> instances, IReadOnlyCollection<string> draining, CancellationToken ct)
    {
        if (await OpenAsync(ct).ConfigureAwait(false) is not { } proxy) return;
        var servers = new List<ProxyServer>();
        foreach (InstanceFacts instance in instances.Where(i => i.Runs)) servers.Add(await ServerAsync(proxy, instance,
            ct).ConfigureAwait(false) with { Draining = draining.Contains(instance.Id) });
        await proxy.SetAsync(on.Change, on.Order.Service, servers, ct).ConfigureAwait(false);
    }

    /// <summary>Has it count what instances answer from now on, by telling it what it has already: its log begins with that. One that
    /// may reset connections whenever it is told something is left alone.</summary>
    /// <returns>False where it was not told.</returns>
    public async Task<bool> CountFromNowAsync(IReadOnlyList<InstanceFacts> instances, CancellationToken ct)
    {
        if (await OpenAsync(ct).ConfigureAwait(false) is not { Weakness: null } || !instances.Any(i => i.Runs)) return false;
        await SetAsync(instances, [], ct).ConfigureAwait(false);
        return true;
    }

    /// <summary>Proves that it has an instance.</summary>
    /// <exception cref="OpsException"><c>ProxyNotProven</c>.</exception>
    public async Task<string> ProveAsync(InstanceFacts instance, CancellationToken ct)
    {
        if (await OpenAsync(ct).ConfigureAwait(false) is not { } proxy) return "";
        ProxyServer server = await ServerAsync(proxy, instance, ct).ConfigureAwait(false);
        ProxyProof proof = await proxy.ProveAsync(on.Order.Service, server, on.Order.Health < LongestProof ? on.Order.Health
            : LongestProof, ct).ConfigureAwait(false);
        if (!proof.IsProven)
        {
            _unproven[instance.Id] = $"{proxy.Description} was told of {instance} ({server.EndPoint}), and no answer of it came through: "
                + proof.Words;
            throw RolloutErrors.ProxyNotProven.Make(_unproven[instance.Id] + ".",
                "See whether the proxy's configuration sends requests for the service where New-OpsProxyConfiguration has written it.",
                on.Order.Service);
        }
        _unproven.Remove(instance.Id);
        if (proof.Serves) _serving.Add(instance.Id);
        else _failing[instance.Id] = proof.Words;
        Words = $"{proxy.Description}: {proof.Words}";
        return proof.Words;
    }

    /// <summary>What of the proxy may still send something to an instance that drains; null for nothing.</summary>
    public async Task<string?> HoldsAsync(InstanceFacts instance, CancellationToken ct) =>
        await OpenAsync(ct).ConfigureAwait(false) is { } proxy
        ? await proxy.HoldsAsync(on.Order.Service, await ServerAsync(proxy, instance, ct).ConfigureAwait(false), ct).ConfigureAwait(false)
            : null;

    /// <summary>What it has answered since a time, of some instances, of all others, and of nobody: where it had no server to send a
    /// request to. Null where it does not tell.</summary>
    public async Task<ProxyShare?> MeasureAsync(IReadOnlyList<InstanceFacts> news, DateTimeOffset since, CancellationToken ct)
    {
        if (await OpenAsync(ct).ConfigureAwait(false) is not { } proxy
            || await proxy.MeasureAsync(on.Order.Service, since, ct).ConfigureAwait(false) is not { } all) return null;
        var own = new HashSet<string>();
        foreach (InstanceFacts instance in news) own.Add((await ServerAsync(proxy, instance, ct).ConfigureAwait(false)).EndPoint);
        return ProxyShare.Of(all, own);
    }

    public void Dispose() => _proxy?.Dispose();

    private async Task<IServiceProxy?> OpenAsync(CancellationToken ct)
    {
        if (_proxy is not null || on.Order.Proxy is not { } name) return _proxy;
        _proxy = await ProxyFactory.OpenAsync(on.Context, name, ct).ConfigureAwait(false);
        Words ??= _proxy.Description;
        return _proxy;
    }

    /// <summary>Where the proxy reaches an instance: in a network of its own, at the port that it has for the service already.</summary>
    private async Task<ProxyServer> ServerAsync(IServiceProxy proxy, InstanceFacts instance, CancellationToken ct)
    {
        string? address = instance.Addresses.Where(a => proxy.Networks?.Contains(a.Key) is not false).Select(a => a.Value).FirstOrDefault();
        if (address is null)
            throw RolloutErrors.RolloutRefused.Make(
                $"{proxy.Description} reaches no network of {instance}: it is in "
                + $"{string.Join(", ", instance.Addresses.Keys.DefaultIfEmpty("none"))}, the proxy in "
                + $"{string.Join(", ", proxy.Networks ?? [])}.",
                "Put both into one network in the compose file.", on.Order.Service);
        _port ??= await PortAsync(proxy, instance, ct).ConfigureAwait(false);
        return new ProxyServer(address, _port.Value);
    }

    private async Task<int> PortAsync(IServiceProxy proxy, InstanceFacts instance, CancellationToken ct)
    {
        IReadOnlyList<ProxyServer> has = await proxy.ReadAsync(on.Order.Service, ct).ConfigureAwait(false);
        IReadOnlyList<InstanceFacts> there = await on.ListAsync(ct).ConfigureAwait(false);
        // A port of the machine is not the one inside: only as the port that it is published for does it count.
        int[] known = [.. has.Select(s => ServedPort.Of(s, there)).OfType<int>().Distinct()];
        // One that has stopped has no address any more: the proxy's own word is all that is left of where it listened.
        if (known.Length == 0) known = [.. has.Where(s => !ServedPort.IsHere(s.Address)).Select(s => s.Port).Distinct()];
        if (known is [var one]) return one;
        if (on.Order.Probe is { } probe && InstanceProbe.PortOf(probe) is { } probed) return probed;
        return instance.Ports is [var only] ? only
            : throw RolloutErrors.RolloutRefused.Make(
            $"At which port {proxy.Description} reaches {instance} is not known: it has "
            + $"{(known.Length == 0 ? "no server of the service" : "servers at several ports")}, and the instance listens at "
            + $"{string.Join(", ", instance.Ports.DefaultIfEmpty(0))}.",
            "Give a probe with the port: services.NAME.rollout.probe: http://{instance}:PORT/PATH.", on.Order.Service);
    }
}
