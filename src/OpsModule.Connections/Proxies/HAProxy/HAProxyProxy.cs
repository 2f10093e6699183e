using System.Text;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Connections.Proxies.HAProxy;

/// <summary>
/// HAProxy: servers of a backend (server-template) that are given to instances over the runtime API. Nothing is reloaded. One that drains
/// is
/// set to maint and not to drain: that gets what cookies send to it, and keeps idle connections.
/// </summary>
public sealed class HAProxyProxy : IServiceProxy
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20), Patience = TimeSpan.FromSeconds(8);

    private readonly HAProxyOptions _options;
    private readonly TimeProvider _time;
    private readonly HAProxySocket _socket;
    private readonly HAProxyCounting _counting;

    /// <summary>Speaks to an HAProxy; nothing is sent yet.</summary>
    public HAProxyProxy(HAProxyOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _socket = new HAProxySocket(options, Description);
        _counting = new HAProxyCounting(_socket, time);
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public string Description => $"HAProxy ({_options.Where})";

    /// <inheritdoc/>
    public IReadOnlyList<string>? Networks => _options.Networks;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ProxyServer>> ReadAsync(string service, CancellationToken cancellationToken) =>
        [.. (await SlotsAsync(service, cancellationToken).ConfigureAwait(false)).Where(s => !s.IsFree).Select(s => s.Server)];

    /// <inheritdoc/>
    public async Task CheckAsync(string service, CancellationToken cancellationToken)
    {
        IReadOnlyList<HAProxySlot> slots = await SlotsAsync(service, cancellationToken).ConfigureAwait(false);
        if (slots.Count < 2) throw ProxyErrors.Refused(Description,
            $"its backend {service} has {slots.Count} server(s), and an update needs one more than there "
            + "are instances", $"Write 'server-template {service} 8 127.0.0.1:9 disabled' into it: New-OpsProxyConfiguration does.");
        string? folder = Path.GetDirectoryName(_options.StateFile);
        if (!Directory.Exists(folder)) throw ProxyErrors.Refused(Description,
            $"the folder of its state file {_options.StateFile} is not there, and servers "
            + "that are only set over its socket are lost when it reloads",
                "Make the folder, or correct 'state' of the proxy in the environment file.");
    }

    /// <inheritdoc/>
    public async Task CheckRoomAsync(string service, int servers, CancellationToken cancellationToken)
    {
        IReadOnlyList<HAProxySlot> slots = await SlotsAsync(service, cancellationToken).ConfigureAwait(false);
        if (slots.Count < servers) throw ProxyErrors.Refused(Description,
            $"its backend {service} has {slots.Count} servers, and there are to be {servers} at once",
            "Raise the number behind server-template in its backend, then reload it; or replace fewer at a time (-BatchSize).");
    }

    /// <inheritdoc/>
    public async Task SetAsync(ChangeScope scope, string service, IReadOnlyList<ProxyServer> servers, CancellationToken cancellationToken)
    {
        IReadOnlyList<ProxyServer> wanted = ProxyNames.Servers(servers);
        IReadOnlyList<HAProxySlot> before = await SlotsAsync(service, cancellationToken).ConfigureAwait(false);
        await _counting.NoteAsync(service, before, wanted, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<HAProxyStep> steps = HAProxyStep.Between(before, wanted)
            ?? throw ProxyErrors.Refused(Description, $"its backend {service} has {before.Count} servers, and {wanted.Count} are needed",
                "Raise the number behind server-template in its backend, then reload it.");
        var done = new Stack<HAProxyStep>();
        try
        {
            foreach (HAProxyStep step in steps)
            {
                done.Push(step);
                if (await step.MakeAsync(_socket, service, cancellationToken).ConfigureAwait(false) is { } words) throw Refused(words);
            }
            IReadOnlyList<HAProxySlot> after = await SlotsAsync(service, cancellationToken).ConfigureAwait(false);
            if (!after.Where(s => !s.IsFree).Select(s => s.Server).ToHashSet()
                .SetEquals(wanted)) throw Refused("it took all commands, and its servers are others");
            await KeepAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            foreach (HAProxyStep step in done) await step.TakeBackAsync(_socket, service, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<long?> CountAsync(string service, ProxyServer server, CancellationToken cancellationToken) =>
        await _counting.CountAsync(service,
        ProxyNames.Server(server), await SlotsAsync(service, cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<ProxyProof> ProveAsync(string service, ProxyServer server, TimeSpan limit, CancellationToken cancellationToken)
    {
        ProxyServer meant = ProxyNames.Server(server);
        HAProxySlot? slot = (await SlotsAsync(service, cancellationToken).ConfigureAwait(false)).FirstOrDefault(s =>
            s.Server.EndPoint == meant.EndPoint);
        if (slot is null) return new ProxyProof(false, $"HAProxy has no server {meant.EndPoint} in {service}");
        return _options.ProofSocket is { } proof ? await AskAsync(service, slot, ProxyRoute.OfSocket(proof), limit,
            cancellationToken).ConfigureAwait(false)
            : await WatchAsync(service, slot, limit, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ProxyTraffic>?> MeasureAsync(string service, DateTimeOffset since,
        CancellationToken cancellationToken) =>
        await _counting.SinceAsync(service, since, await SlotsAsync(service, cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<string?> HoldsAsync(string service, ProxyServer server, CancellationToken cancellationToken)
    {
        IReadOnlyList<HAProxySlot> slots = await SlotsAsync(service, cancellationToken).ConfigureAwait(false);
        if (slots.FirstOrDefault(s => s.Server.EndPoint == ProxyNames.Server(server).EndPoint) is not { } slot) return null;
        long current = (await _socket.FiguresAsync(service, cancellationToken).ConfigureAwait(false))
            .GetValueOrDefault(slot.Name)?.Current ?? 0;
        return current == 0 ? null : $"HAProxy has {current} request(s) at {server.EndPoint}";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private async Task<IReadOnlyList<HAProxySlot>> SlotsAsync(string service, CancellationToken ct) =>
        await _socket.SlotsAsync(service, ct).ConfigureAwait(false) ?? throw ProxyErrors.Unknown(Description, service,
            "it has no backend of this name");

    /// <summary>By requests of ours, through a frontend that only we reach; the backend and its servers are those of everybody.</summary>
    private Task<ProxyProof> AskAsync(string service, HAProxySlot slot, ProxyRoute proof, TimeSpan limit, CancellationToken ct)
    {
        var headers = new Dictionary<string, string> { ["X-OpsModule-Backend"] = service };
        return new ProofRequests(_time, limit).RunAsync(
            () => PlainHttp.AskAsync(proof, "GET", "/", "opsmodule", headers, null, Patience, ct),
            answer =>
            {
                // Set on what servers answer, and not on what HAProxy answers in their place.
                string by = answer.Header("X-OpsModule-Server");
                return (ProofRequests.Told(by, answer.Status), by == $"{slot.Name} {slot.Address}:{slot.Port}"
                    ? $"HAProxy says that {slot.Server.EndPoint} (its server {slot.Name}) has answered a request of ours" : null);
            }, $"HAProxy was not seen to use {slot.Server.EndPoint}", ct);
    }

    /// <summary>By requests of others: a server that has answered more than before has answered one.</summary>
    private async Task<ProxyProof> WatchAsync(string service, HAProxySlot slot, TimeSpan limit, CancellationToken ct)
    {
        long start = _time.GetTimestamp();
        string process = await _socket.ProcessAsync(ct).ConfigureAwait(false);
        HAProxyFigures before = await FiguresAsync().ConfigureAwait(false);
        var serving = new ServingTally(_time);
        do
        {
            await Task.Delay(Interval, _time, ct).ConfigureAwait(false);
            HAProxyFigures now = await FiguresAsync().ConfigureAwait(false);
            long more = now.Answers - before.Answers, errors = now.ServerErrors - before.ServerErrors;
            string words = $"HAProxy has counted {more} answer(s) of {slot.Server.EndPoint} (its server {slot.Name}) to requests of "
                + "clients";
            if (more > 0 && await _socket.ProcessAsync(ct).ConfigureAwait(false) == process
                && serving.Judge(more <= errors, words, $"{words}, all of them errors") is { } seen) return seen;
        }
        while (_time.GetElapsedTime(start) < limit);
        return serving.Last ?? new ProxyProof(false,
            $"no client's request reached {slot.Server.EndPoint}, and the proxy has no 'proof' socket for requests of ours");

        async Task<HAProxyFigures> FiguresAsync() => (await _socket.FiguresAsync(service, ct).ConfigureAwait(false))
            .GetValueOrDefault(slot.Name) ?? new HAProxyFigures(0, 0, 0, 0, 0);
    }

    private async Task KeepAsync(CancellationToken ct)
    {
        string state = await _socket.StateAsync(ct).ConfigureAwait(false);
        try { AtomicFile.Write(_options.StateFile, Encoding.UTF8.GetBytes(state.TrimEnd('\n') + "\n"), AtomicFile.Shared); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused($"its state file {_options.StateFile} cannot be written ({e.Message.TrimEnd('.')}), and what is only set over "
                + $"its socket is lost when it reloads");
        }
    }

    private OpsException Refused(string words) => ProxyErrors.Refused(Description, words,
        "Look at its configuration (haproxy -c -f FILE), then run the command again.");
}
