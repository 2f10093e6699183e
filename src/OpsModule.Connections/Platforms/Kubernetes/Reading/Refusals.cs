using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Connections.Platforms.Kubernetes.Reading;

/// <summary>
/// Why controllers could not make pods (a quota, an admission rule). Deployments and ReplicaSets have it in their conditions; of the others only
/// events tell.
/// </summary>
internal static class Refusals
{
    /// <summary>Which events tell of it.</summary>
    public const string Selector = "--field-selector=type=Warning,reason=FailedCreate";

    /// <summary>A controller tries again after a quarter of an hour at the latest; what it said before that is over.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(20);

    /// <summary>What was said last, by kind and name of who said it.</summary>
    public static IReadOnlyDictionary<string, string> Of(IEnumerable<JsonElement> events, DateTimeOffset now) => events
        .Select(e => (Told: e, EventReader.Read(e).Happened.Time)).Where(e => now - e.Time < Recent)
        .GroupBy(e => $"{e.Told.Text("involvedObject", "kind")}/{e.Told.Text("involvedObject", "name")}", StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => g.MaxBy(e => e.Time).Told is var last
            ? $"{last.Text("reason")}: {last.Text("message")?.Trim().TrimEnd('.')}." : "", StringComparer.Ordinal);
}
