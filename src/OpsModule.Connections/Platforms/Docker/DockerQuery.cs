using System.Globalization;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Writes what the engine's queries take, and reads what the library leaves as the engine wrote it.</summary>
public static class DockerQuery
{
    /// <summary>Filters as the library takes them.</summary>
    public static Dictionary<string, IDictionary<string, bool>> Filters(params ReadOnlySpan<(string Name, string[] Values)> filters)
    {
        var map = new Dictionary<string, IDictionary<string, bool>>();
        foreach ((string name, string[] values) in filters) map[name] = values.ToDictionary(v => v, _ => true);
        return map;
    }

    /// <summary>Labels, by name.</summary>
    public static IReadOnlyDictionary<string, string> Map(IDictionary<string, string>? labels) => labels?.ToDictionary(l => l.Key, l => l.Value ?? "") ?? [];

    /// <summary>A moment as the engine takes it: seconds since 1970 with nanoseconds.</summary>
    public static string Stamp(DateTimeOffset time)
    {
        long ticks = Math.Max(0, time.UtcTicks - DateTime.UnixEpoch.Ticks);
        return string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerSecond}.{ticks % TimeSpan.TicksPerSecond * 100:D9}");
    }

    /// <summary>A moment, or null; Docker writes the year 1 for never.</summary>
    public static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time) && time.Year > 1 ? time : null;

    /// <summary>A moment, or null; Docker writes the year 1 for never.</summary>
    public static DateTimeOffset? Time(DateTime? time) => time is { Year: > 1 } moment ? new DateTimeOffset(moment.ToUniversalTime()) : null;

    /// <summary>A text that is not empty, or null.</summary>
    public static string? Text(string? text) => text is { Length: > 0 } ? text : null;

    /// <summary>A count, or null. Some engines count beyond 63 bits; that is no number anybody could use.</summary>
    public static long? Count(ulong? count) => count <= long.MaxValue ? (long)count : null;
}
