using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Proxies.Caddy;

/// <summary>
/// Caddy over its admin API: handlers of reverse_proxy that are known by their @id. Each change is a new configuration as a whole, which
/// Caddy takes or refuses. It has no draining of its own: a server is taken out, and requests that run go on.
/// </summary>
public sealed class CaddyProxy : IServiceProxy
{
    private const int MostAttempts = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    // A connection that was opened before a change, and over which nothing was asked yet, is served by the configuration of then; Go's HTTP
    // server waits this long for its first request.
    private static readonly TimeSpan OldConnections = TimeSpan.FromSeconds(5);

    private readonly CaddyOptions _options;
    private readonly TimeProvider _time;
    private readonly CaddyAdmin _admin;
    private readonly Dictionary<(string Service, string EndPoint), long> _left = [];

    /// <summary>Speaks to a Caddy; nothing is sent yet.</summary>
    public CaddyProxy(CaddyOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _admin = new CaddyAdmin(options, Description);
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public string Description => $"Caddy ({_options.Where})";

    /// <inheritdoc/>
    public IReadOnlyList<string>? Networks => _options.Networks;

    /// <inheritdoc/>
    public ProxyWeakness? Weakness => CaddyPort.WeaknessOf(_options);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ProxyServer>> ReadAsync(string service, CancellationToken cancellationToken) =>
        Read((await _admin.ReadAsync(cancellationToken).ConfigureAwait(false)).Servers, service);

    /// <inheritdoc/>
    public Task CheckAsync(string service, CancellationToken cancellationToken) => ReadAsync(service, cancellationToken);

    /// <inheritdoc/>
    public async Task SetAsync(ChangeScope scope, string service, IReadOnlyList<ProxyServer> servers, CancellationToken cancellationToken)
    {
        ProxyServer[] wanted = [.. ProxyNames.Servers(servers).Where(s => !s.Draining)];
        string[] ids = [CaddyOptions.IdOf(service), CaddyOptions.ProofIdOf(service)];
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            (CaddyServers config, string tag) = await _admin.ReadAsync(cancellationToken).ConfigureAwait(false);
            IReadOnlyList<ProxyServer> before = Read(config, service);
            string[] there = [.. ids.Where(i => Upstreams(config, i) is not null)];
            if (there.All(i => Upstreams(config, i)!.SequenceEqual(wanted))) return;
            // Both at once: what is proven of one holds for the other.
            foreach (string id in there) config.Write(id, wanted);
            if (!await _admin.WriteAsync(config, tag, cancellationToken).ConfigureAwait(false)) continue;
            foreach (ProxyServer gone in before.Except(wanted)) _left[(service, gone.EndPoint)] = _time.GetTimestamp();
            if (Read((await _admin.ReadAsync(cancellationToken).ConfigureAwait(false)).Servers, service).SequenceEqual(wanted)) return;
        }
        throw ProxyErrors.ProxyRefused.Make(
            $"{Description} was told {MostAttempts} times what {service} is, and each time others changed its "
            + "configuration meanwhile.", "See what else uses its admin API, then run the command again.", service);
    }

    /// <inheritdoc/>
    /// <remarks>It counts only what runs now.</remarks>
    public Task<long?> CountAsync(string service, ProxyServer server, CancellationToken cancellationToken) => Task.FromResult<long?>(null);

    /// <inheritdoc/>
    public async Task<ProxyProof> ProveAsync(string service, ProxyServer server, TimeSpan limit, CancellationToken cancellationToken)
    {
        ProxyServer meant = ProxyNames.Server(server);
        CaddyServers config = (await _admin.ReadAsync(cancellationToken).ConfigureAwait(false)).Servers;
        if (!Read(config, service).Any(s => s.EndPoint == meant.EndPoint)) return new ProxyProof(false,
            $"Caddy's handler of {service} does not have {meant.EndPoint}");
        if (_options.Proof is not { } proof || Upstreams(config, CaddyOptions.ProofIdOf(service)) is not { } twin)
            return new ProxyProof(false,
                $"Caddy's configuration has {meant.EndPoint}, and it has no server for proofs ('proof' of the proxy), so that no "
                    + $"request of ours was "
                + "seen to be answered by it");
        if (!twin.Any(s => s.EndPoint == meant.EndPoint)) return new ProxyProof(false,
            $"the handler for proofs of {service} does not have {meant.EndPoint}");
        return await AskAsync(service, meant, proof, limit, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>Neither its admin API nor its access log tells which upstream has answered what.</remarks>
    public Task<IReadOnlyList<ProxyTraffic>?> MeasureAsync(string service, DateTimeOffset since, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ProxyTraffic>?>(null);

    /// <inheritdoc/>
    public async Task<string?> HoldsAsync(string service, ProxyServer server, CancellationToken cancellationToken)
    {
        string endPoint = ProxyNames.Server(server).EndPoint;
        if (_left.TryGetValue((service, endPoint), out long since) && _time.GetElapsedTime(since) < OldConnections)
            return $"connections that Caddy accepted before the change may still send to {endPoint}, for some seconds";
        if (await _admin.ActiveAsync(cancellationToken).ConfigureAwait(false) is not { } all)
            return $"how many requests Caddy has at {endPoint} cannot be told, for its admin API does not say it";
        long active = all.GetValueOrDefault(endPoint);
        return active == 0 ? null : $"Caddy has {active} request(s) at {endPoint}";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    /// <summary>By requests of ours to our server in it, whose handler has the same upstreams, set by the same change.</summary>
    private Task<ProxyProof> AskAsync(string service, ProxyServer meant, ProxyRoute proof, TimeSpan limit, CancellationToken ct) =>
        new ProofRequests(_time, limit).RunAsync(
            () => PlainHttp.AskAsync(proof, "GET", "/" + ProxyNames.Service(service), "opsmodule", null, null, Patience, ct),
            answer =>
            {
                string by = answer.Header("X-OpsModule-Upstream");
                // These may be Caddy's own, and it does not tell whose they are.
                return (ProofRequests.Told(by, answer.Status), by == meant.EndPoint && answer.Status is not (502 or 503 or 504)
                    ? $"Caddy says that {by}, through a handler that was set together with the one of {service}, has answered a request of "
                        + "ours" : null);
            }, $"Caddy was not seen to use {meant.EndPoint}", ct);

    private IReadOnlyList<ProxyServer> Read(CaddyServers config, string service) => Upstreams(config, CaddyOptions.IdOf(service))
        ?? throw ProxyErrors.Unknown(Description, service,
            $"no handler reverse_proxy of its configuration has the @id {CaddyOptions.IdOf(service)}");

    private IReadOnlyList<ProxyServer>? Upstreams(CaddyServers config, string id)
    {
        try { return config.Read(id); }
        catch (FormatException e)
        {
            throw ProxyErrors.ProxyConfigurationUnclear.Make(
                $"{Description} is not as an update needs it: {e.Message}. Nothing was changed.",
                "Give it addresses as upstreams: New-OpsProxyConfiguration shows how.", id);
        }
    }
}
