using System.Collections.Concurrent;
using Docker.DotNet.Models;

namespace OpsModule.Connections.Platforms.Docker.Listing;

/// <summary>
/// What was asked of containers one by one, kept for as long as a listing proves that it is still so: the same container, in the same
/// state, for longer than it was asked ago. So a session that looks again needs one request for all that did nothing in between.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class KnownContainers(TimeProvider time)
{
    /// <summary>
    /// What is kept at most. Within it the engine's events tell of what a listing does not: a process that was ended for want of memory, a
    /// limit that was changed.
    /// </summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private const int Most = 5000;

    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Id, DateTimeOffset End), bool> _stopped = new();

    /// <summary>True when nothing is known, of whatever engine.</summary>
    public bool IsEmpty => _kept.IsEmpty;

    private sealed record Kept(string Shape, DateTimeOffset Asked, ContainerInspectResponse Container);

    /// <summary>What is known of a container and still so; null when it must be asked.</summary>
    /// <param name="engine">Which engine's.</param>
    /// <param name="listed">What the listing says, which was had just now.</param>
    public ContainerInspectResponse? Find(string engine, ContainerListResponse listed)
    {
        if (!_kept.TryGetValue(engine + listed.ID, out Kept? kept) || kept.Shape != Shape(listed)) return null;
        TimeSpan age = time.GetUtcNow() - kept.Asked;
        // A clock that was set back proves nothing.
        if (age < TimeSpan.Zero || age > Longest || ListedStatus.AtLeast(listed.Status) is not { } lasts || lasts < age) return null;
        string? health = ListedStatus.Health(listed.Status);
        bool runs = Is(listed, "running");
        if (!(runs || Is(listed, "exited")) || !Is(listed, kept.Container.State?.Status)) return null;
        // What a check says that does not pass is only told by the container itself.
        if (runs && health is not (null or "healthy")) return null;
        return !runs || health == Checked(kept.Container) ? kept.Container : null;
    }

    /// <summary>Keeps an answer.</summary>
    /// <param name="engine">Whose.</param>
    /// <param name="listed">What the listing before it said.</param>
    /// <param name="container">The answer.</param>
    /// <param name="asked">When it was asked for; what happened since then may not be in it.</param>
    public void Keep(string engine, ContainerListResponse listed, ContainerInspectResponse container, DateTimeOffset asked)
    {
        if (_kept.Count >= Most) Forget(asked);
        _kept[engine + listed.ID] = new Kept(Shape(listed), asked, container);
    }

    /// <summary>Whether somebody stopped a container, which is asked once for each of its ends.</summary>
    /// <param name="id">The container.</param>
    /// <param name="end">When it ended.</param>
    /// <param name="ask">Asks; null when that could not be found out.</param>
    public async Task<bool> WasStoppedAsync(string id, DateTimeOffset end, Func<Task<bool?>> ask)
    {
        if (_stopped.TryGetValue((id, end), out bool known)) return known;
        if (await ask().ConfigureAwait(false) is not { } stopped) return false;
        if (_stopped.Count >= Most) _stopped.Clear();
        return _stopped[(id, end)] = stopped;
    }

    private void Forget(DateTimeOffset now)
    {
        foreach ((string key, Kept kept) in _kept)
            if (now - kept.Asked > Longest) _kept.TryRemove(key, out _);
        if (_kept.Count >= Most) _kept.Clear();
    }

    private static bool Is(ContainerListResponse listed, string? state) =>
        string.Equals(listed.State, state, StringComparison.OrdinalIgnoreCase);

    private static string? Checked(ContainerInspectResponse container) =>
        container.State?.Health?.Status is { Length: > 0 } health and not "none" ? health : null;

    /// <summary>All that a listing says of a container and that is not about time.</summary>
    private static string Shape(ContainerListResponse listed) => string.Join('\n',
        [
            string.Join(',', listed.Names ?? []), listed.Image ?? "", listed.ImageID ?? "",
            string.Join(',', (listed.Ports ?? []).Select(p =>
                $"{p.IP}:{p.PublicPort}:{p.PrivatePort}/{p.Type}").Order(StringComparer.Ordinal)),
            string.Join(',', (listed.NetworkSettings?.Networks ?? new Dictionary<string, EndpointSettings>())
                .Select(n => $"{n.Key}={n.Value?.IPAddress}/{n.Value?.GlobalIPv6Address}").Order(StringComparer.Ordinal)),
        ]);
}
