namespace OpsModule.Connections.Proxies.HAProxy;

/// <summary>What HAProxy had counted at a time.</summary>
/// <param name="Process">Which process of it.</param>
/// <param name="Time">When.</param>
/// <param name="Figures">What it had counted of each server.</param>
internal sealed record HAProxyBaseline(string Process, DateTimeOffset Time, IReadOnlyDictionary<string, HAProxyFigures> Figures)
{
    /// <summary>What has come since.</summary>
    public ProxyTraffic Traffic(HAProxySlot slot, HAProxyFigures now)
    {
        HAProxyFigures then = Figures.GetValueOrDefault(slot.Name) ?? new HAProxyFigures(0, 0, 0, 0, 0);
        long requests = now.Sent - then.Sent;
        // One that breaks after its first line counts as both; rather one too many.
        long errors = now.ServerErrors - then.ServerErrors + now.Broken - then.Broken;
        return new ProxyTraffic(slot.Server, requests, Math.Min(requests, errors), null);
    }
}
