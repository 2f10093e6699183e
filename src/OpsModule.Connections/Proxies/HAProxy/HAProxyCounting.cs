namespace OpsModule.Connections.Proxies.HAProxy;

/// <summary>
/// Tells from HAProxy's sums what has come since a time: they are noted whenever servers are set. What was before the first note, or of
/// another
/// process, is not known.
/// </summary>
internal sealed class HAProxyCounting(HAProxySocket socket, TimeProvider time)
{
    private readonly Dictionary<string, List<HAProxyBaseline>> _notes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Service, string EndPoint), HAProxyBaseline> _given = [];

    /// <summary>Notes the sums before servers are set.</summary>
    public async Task NoteAsync(string service, IReadOnlyList<HAProxySlot> slots, IReadOnlyList<ProxyServer> wanted, CancellationToken ct)
    {
        var now = new HAProxyBaseline(await socket.ProcessAsync(ct).ConfigureAwait(false), time.GetUtcNow(),
            await socket.FiguresAsync(service, ct).ConfigureAwait(false));
        if (!_notes.TryGetValue(service, out List<HAProxyBaseline>? notes)) _notes[service] = notes = [];
        notes.Add(now);
        // Whoever had the slot before has his share of its sums.
        foreach (ProxyServer server in wanted.Where(w => slots.All(s => s.Server.EndPoint != w.EndPoint))) _given[(service,
            server.EndPoint)] = now;
    }

    /// <summary>What has come since a time; null where that is not known.</summary>
    public async Task<IReadOnlyList<ProxyTraffic>?> SinceAsync(string service, DateTimeOffset since, IReadOnlyList<HAProxySlot> slots,
        CancellationToken ct)
    {
        if (_notes.GetValueOrDefault(service)?.LastOrDefault(n => n.Time <= since) is not { } from
            || await socket.ProcessAsync(ct).ConfigureAwait(false) != from.Process) return null;
        IReadOnlyDictionary<string, HAProxyFigures> now = await socket.FiguresAsync(service, ct).ConfigureAwait(false);
        return [.. slots.Where(s => !s.IsFree && now.ContainsKey(s.Name)).Select(s =>
            (_given.TryGetValue((service, s.Server.EndPoint), out HAProxyBaseline? given) && given.Time > from.Time ? given : from)
                .Traffic(s, now[s.Name]))];
    }

    /// <summary>What a server was sent since it was set; null where that is not known.</summary>
    public async Task<long?> CountAsync(string service, ProxyServer server, IReadOnlyList<HAProxySlot> slots, CancellationToken ct)
    {
        if (slots.FirstOrDefault(s => s.Server.EndPoint == server.EndPoint) is not { } slot
            || !_given.TryGetValue((service, server.EndPoint), out HAProxyBaseline? given)
            || await socket.ProcessAsync(ct).ConfigureAwait(false) != given.Process) return null;
        return (await socket.FiguresAsync(service, ct).ConfigureAwait(false)).TryGetValue(slot.Name, out HAProxyFigures? now)
            ? given.Traffic(slot, now).Requests : null;
    }
}
