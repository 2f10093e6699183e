using System.Text.Json.Nodes;

namespace OpsModule.Connections.Platforms.Compose.Rollouts;

/// <summary>One item of <c>volumes:</c> of a service, in either form.</summary>
/// <param name="Source">What is mounted; null where it has no name.</param>
/// <param name="Target">Where in the container; null where that is not told.</param>
/// <param name="Type">What it says that it is; null in the short form, which does not say it.</param>
/// <param name="IsReadOnly">True where the service cannot write to it.</param>
internal sealed record ComposeVolume(string? Source, string? Target, string? Type, bool IsReadOnly)
{
    /// <summary>Reads one.</summary>
    public static ComposeVolume Of(JsonNode? item)
    {
        if (item is JsonObject map)
            return new ComposeVolume(ComposeJson.Text(map["source"]), ComposeJson.Text(map["target"]), ComposeJson.Text(map["type"]),
                ComposeJson.Text(map["read_only"]) is "true");
        string[] parts = ComposeJson.Text(item)?.Split(':') ?? [];
        return new ComposeVolume(parts.Length > 1 ? parts[0] : null, parts.ElementAtOrDefault(1), null, IsRead(parts, 2));
    }

    /// <summary>Whether the options of a short form, from this part on, say that nobody writes there.</summary>
    public static bool IsRead(string[] parts, int options) => parts.Length > options && parts[options].Split(',').Contains("ro");
}
