using System.Globalization;
using System.Text.Json;

namespace OpsModule.Engine.Platforms.Docker;

/// <summary>Reads the engine's answers forgivingly: engines leave out, or answer null, what does not apply.</summary>
internal static class DockerJson
{
    /// <summary>The element at the end of a path of names; undefined when a step is missing.</summary>
    public static JsonElement At(this JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element)) return default;
        return element;
    }

    /// <summary>A text that is not empty, or null.</summary>
    public static string? Text(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.String } found && found.GetString() is { Length: > 0 } text ? text : null;

    /// <summary>A whole number, or null. Some engines count beyond 63 bits; that is no number anybody could use.</summary>
    public static long? Number(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Number } found && found.TryGetInt64(out long number) ? number : null;

    /// <summary>True when it says true.</summary>
    public static bool IsTrue(this JsonElement element, params ReadOnlySpan<string> path) => element.At(path).ValueKind == JsonValueKind.True;

    /// <summary>A moment, or null; the engine writes the year 1 for never.</summary>
    public static DateTimeOffset? Time(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.String } found && found.TryGetDateTimeOffset(out DateTimeOffset time) && time.Year > 1 ? time.ToUniversalTime() : null;

    /// <summary>The items of a list; none when there is no list.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Array } found ? found.EnumerateArray() : [];

    /// <summary>The members of an object; none when there is no object.</summary>
    public static IEnumerable<JsonProperty> Members(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Object } found ? found.EnumerateObject() : [];

    /// <summary>Filters as the engine's query parameter of that name takes them.</summary>
    public static string Filters(params ReadOnlySpan<(string Name, string[] Values)> filters)
    {
        var map = new Dictionary<string, string[]>();
        foreach ((string name, string[] values) in filters) map[name] = values;
        return "filters=" + Uri.EscapeDataString(JsonSerializer.Serialize(map));
    }

    /// <summary>A moment as the engine takes it: seconds since 1970 with nanoseconds.</summary>
    public static string Stamp(DateTimeOffset time)
    {
        long ticks = Math.Max(0, time.UtcTicks - DateTime.UnixEpoch.Ticks);
        return string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerSecond}.{ticks % TimeSpan.TicksPerSecond * 100:D9}");
    }
}
