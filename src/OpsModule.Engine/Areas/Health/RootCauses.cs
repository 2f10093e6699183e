using OpsModule.Engine.Areas.Health.Causes;

namespace OpsModule.Engine.Areas.Health;

/// <summary>
/// Says of what is not well what it most likely follows from: a service that is down takes its database, and who needs that, with it. What
/// may follow from something waits until all that others need is known; everything else is told at once.
/// </summary>
/// <param name="needs">What needs what.</param>
/// <param name="open">How many checks are under way that tell how things are that others need.</param>
internal sealed class RootCauses(NeedMap needs, int open)
{
    private readonly Dictionary<string, HealthResult> _broken = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, HealthResult> _untrusted = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<HealthResult> _held = [];

    /// <summary>Takes a result, and gives what can be told now.</summary>
    public IEnumerable<HealthResult> Take(HealthResult result)
    {
        Note(result);
        if (result.Status == HealthStatus.Healthy || needs.About(result.Check, result.Target).Count == 0) return [result];
        if (open <= 0) return [Told(result)];
        _held.Add(result);
        return [];
    }

    /// <summary>A check that tells how something is that others need has ended.</summary>
    public IEnumerable<HealthResult> Ended() => --open == 0 ? Rest() : [];

    /// <summary>What was held back, roots first.</summary>
    public IEnumerable<HealthResult> Rest()
    {
        HealthResult[] told = [.. _held.Select(Told).OrderBy(r => r.CausedBy is not null)];
        _held.Clear();
        return told;
    }

    private void Note(HealthResult result)
    {
        if (result is { Check: CertificateCheck.Valid, Status: HealthStatus.Unhealthy })
            foreach (string served in needs.About(result.Check, result.Target)) _untrusted.TryAdd(served, result);
        if (result.Check is not ("service.state" or EndpointCheck.Name or DatabaseCheck.Connect or CacheCheck.Connect)) return;
        string thing = needs.About(result.Check, result.Target)[0];
        bool broken = result.Status == HealthStatus.Unhealthy || (result.Status == HealthStatus.Degraded
            && result.Check == ServiceCheck.State && needs.IsDown(thing));
        // That a service does not run says more than that it does not answer.
        if (broken && (result.Check == ServiceCheck.State || !_broken.ContainsKey(thing))) _broken[thing] = result;
    }

    /// <summary>A figure that could be had stands for itself, but for how often a service was started again.</summary>
    private static bool MayFollow(HealthResult result) =>
        result.Number is null || result.Check.StartsWith("service.", StringComparison.Ordinal);

    private HealthResult Told(HealthResult result)
    {
        if (!MayFollow(result)) return result;
        IReadOnlyList<string> about = needs.About(result.Check, result.Target);
        if (result.Check == ServiceCheck.State && needs.HasOwnFault(about[0])) return result;
        // A certificate that nobody trusts keeps callers out, and not the other way round.
        if (IsUntrusted(result))
            return _untrusted.GetValueOrDefault(about[0]) is { } certificate ? Following(result, certificate) : result;
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return about.Select(thing => RootOf(thing, result, seen)).FirstOrDefault(r => r is not null) is { } root
            ? Following(result, root) : result;
    }

    private HealthResult? RootOf(string thing, HealthResult of, HashSet<string> seen)
    {
        if (!seen.Add(thing)) return null;
        HealthResult? own = _broken.GetValueOrDefault(thing);
        // What is wrong with it by itself is not the fault of what it needs.
        if (own is null || !needs.HasOwnFault(thing))
            foreach (string needed in needs.Of(thing))
                if (RootOf(needed, of, seen) is { } deeper) return deeper;
        if (own is not null && IsUntrusted(own)) own = _untrusted.GetValueOrDefault(thing) ?? own;
        return own is not null && own.Name != of.Name ? own : null;
    }

    private static HealthResult Following(HealthResult result, HealthResult root) =>
        result with { CausedBy = root.Name, IsCauseGrave = root.Status == HealthStatus.Unhealthy };

    private static bool IsUntrusted(HealthResult result) =>
        result.Check == EndpointCheck.Name && result.Message.StartsWith(EndpointClient.NotTrusted, StringComparison.Ordinal);
}
