using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Proxies;

/// <summary>A proxy before instances of services, which can be told what to send requests to.</summary>
public interface IServiceProxy : IDisposable
{
    /// <summary>Its name in the environment.</summary>
    string Name { get; }

    /// <summary>What it is and where, in words: <c>nginx (service nginx)</c>.</summary>
    string Description { get; }

    /// <summary>
    /// Networks (docker) that it can reach instances in; null where it reaches every address of this machine's bridges (it runs on the
    /// host).
    /// </summary>
    IReadOnlyList<string>? Networks { get; }

    /// <summary>What may cost a client's request whenever it is told something; null where nothing is known to.</summary>
    ProxyWeakness? Weakness => null;

    /// <summary>What it sends a service's requests to now.</summary>
    /// <exception cref="OpsException">
    /// <c>ProxyUnreachable</c>, <c>ProxyServiceUnknown</c> (nothing of it names this service: run New-OpsProxyConfiguration).
    /// </exception>
    Task<IReadOnlyList<ProxyServer>> ReadAsync(string service, CancellationToken cancellationToken);

    /// <summary>Whether it could be told something now: it answers, and its configuration as it stands is valid. Changes nothing.</summary>
    /// <exception cref="OpsException"><c>ProxyUnreachable</c>, <c>ProxyRefused</c> (with the proxy's own words),
    /// <c>ProxyServiceUnknown</c>.</exception>
    Task CheckAsync(string service, CancellationToken cancellationToken);

    /// <summary>Whether it can have so many servers of a service at once.</summary>
    /// <exception cref="OpsException"><c>ProxyRefused</c> where it has room for fewer.</exception>
    Task CheckRoomAsync(string service, int servers, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Where it sends requests to a service by its name, past what it is told here; none where it does not tell.</summary>
    Task<IReadOnlyList<string>> FindBypassesAsync(string service, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>
    /// Makes it send requests to exactly these; one that drains gets no new ones and keeps those it has. When the proxy refuses, nothing is
    /// changed (<c>ProxyRefused</c>). Idempotent.
    /// </summary>
    Task SetAsync(ChangeScope scope, string service, IReadOnlyList<ProxyServer> servers, CancellationToken cancellationToken);

    /// <summary>
    /// How many requests (or, where it counts only those, connections) it has sent to a server since it was set; null where it cannot tell.
    /// </summary>
    Task<long?> CountAsync(string service, ProxyServer server, CancellationToken cancellationToken);

    /// <summary>
    /// Proves that it has a server: sends requests through it until one was answered by that server, or the time is over. How it knows is
    /// in
    /// the result's words.
    /// </summary>
    Task<ProxyProof> ProveAsync(string service, ProxyServer server, TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>What it has answered for a service from then on, by server; null where it keeps no log that tells.</summary>
    Task<IReadOnlyList<ProxyTraffic>?> MeasureAsync(string service, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>
    /// What of the proxy may still send something new to a server that it was told to leave, in words; null when nothing does. A request
    /// that
    /// it is still reading (an upload) has no connection to a server yet and may go where it was to go before: while this tells of
    /// something, a server without connections is not drained.
    /// </summary>
    Task<string?> HoldsAsync(string service, ProxyServer server, CancellationToken cancellationToken) => Task.FromResult<string?>(null);
}
