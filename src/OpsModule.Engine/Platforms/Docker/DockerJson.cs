using System.Globalization;
using System.Text.Json;

namespace OpsModule.Engine.Platforms.Docker;

/// <summary>Writes what the engine's queries take.</summary>
internal static class DockerJson
{
    /// <summary>Filters as the engine's query parameter of that name takes them.</summary>
    public static string Filters(params ReadOnlySpan<(string Name, string[] Values)> filters)
    {
        var map = new Dictionary<string, string[]>();
        foreach ((string name, string[] values) in filters) map[name] = values;
        return "filters=" + Uri.EscapeDataString(JsonSerializer.Serialize(map));
    }

    /// <summary>Labels, by name.</summary>
    public static IReadOnlyDictionary<string, string> Map(JsonElement labels) => labels.Members().ToDictionary(l => l.Name, l => l.Value.GetString() ?? "");

    /// <summary>A moment as the engine takes it: seconds since 1970 with nanoseconds.</summary>
    public static string Stamp(DateTimeOffset time)
    {
        long ticks = Math.Max(0, time.UtcTicks - DateTime.UnixEpoch.Ticks);
        return string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerSecond}.{ticks % TimeSpan.TicksPerSecond * 100:D9}");
    }
}
