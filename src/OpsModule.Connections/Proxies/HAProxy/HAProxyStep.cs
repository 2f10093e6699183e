namespace OpsModule.Connections.Proxies.HAProxy;

/// <summary>One server of a backend that is to be another.</summary>
/// <param name="Before">As it is.</param>
/// <param name="After">What it is to be; null for nobody's.</param>
internal sealed record HAProxyStep(HAProxySlot Before, ProxyServer? After)
{
    /// <summary>The way from one state to the other, new servers first; null when there are too few.</summary>
    public static IReadOnlyList<HAProxyStep>? Between(IReadOnlyList<HAProxySlot> slots, IReadOnlyList<ProxyServer> wanted)
    {
        var steps = new List<HAProxyStep>();
        var free = new Queue<HAProxySlot>(slots.Where(s => s.IsFree));
        // What leaves may be taken for what comes, when nothing else is left: its requests go on.
        HAProxySlot[] leaving = [.. slots.Where(s => !s.IsFree && wanted.All(w => w.EndPoint != s.Server.EndPoint))];
        var reused = new HashSet<string>(StringComparer.Ordinal);
        foreach (ProxyServer server in wanted)
        {
            if (slots.FirstOrDefault(s => s.Server.EndPoint == server.EndPoint) is { } has)
            {
                if (has.IsOut != server.Draining || has.IsDraining != server.Draining) steps.Add(new HAProxyStep(has, server));
            }
            else if (free.TryDequeue(out HAProxySlot? slot)) steps.Add(new HAProxyStep(slot, server));
            else if (leaving.FirstOrDefault(s => s.IsOut && reused.Add(s.Name)) is { } old) steps.Add(new HAProxyStep(old, server));
            else return null;
        }
        return [.. steps.OrderBy(s => s.After!.Draining),
            .. leaving.Where(s => !reused.Contains(s.Name)).Select(s => new HAProxyStep(s, null))];
    }

    /// <summary>Makes it so.</summary>
    /// <returns>What HAProxy has against it; null when nothing.</returns>
    public async Task<string?> MakeAsync(HAProxySocket socket, string backend, CancellationToken ct)
    {
        ProxyServer to = After ?? HAProxySlot.Free;
        bool moves = to.Address != Before.Address || to.Port != Before.Port;
        bool ready = After is { Draining: false };
        // Out first, so that nothing is sent to an address that is half set, and in last.
        if ((!ready || moves) && !Before.IsOut && await socket.SetStateAsync(backend, Before.Name, false,
            ct).ConfigureAwait(false) is { } out1) return out1;
        if (moves && await socket.SetAddressAsync(backend, Before.Name, to, ct).ConfigureAwait(false) is { } address) return address;
        return ready ? await socket.SetStateAsync(backend, Before.Name, true, ct).ConfigureAwait(false) : null;
    }

    /// <summary>Makes it what it was.</summary>
    public async Task TakeBackAsync(HAProxySocket socket, string backend, CancellationToken ct)
    {
        await socket.SetStateAsync(backend, Before.Name, false, ct).ConfigureAwait(false);
        await socket.SetAddressAsync(backend, Before.Name, new ProxyServer(Before.Address, Before.Port), ct).ConfigureAwait(false);
        if (!Before.IsOut && !Before.IsFree) await socket.SetStateAsync(backend, Before.Name, true, ct).ConfigureAwait(false);
    }
}
