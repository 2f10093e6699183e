using System.Globalization;
using System.Text.RegularExpressions;

namespace OpsModule.Connections.Platforms.Docker.Listing;

/// <summary>
/// Reads the words in which a listing says how a container is: <c>Up 2 hours (healthy)</c>, <c>Exited (0) 5 minutes ago</c>.
/// </summary>
public static partial class ListedStatus
{
    /// <summary>Engines round hours to the nearest one, and everything below and above them down.</summary>
    private static readonly TimeSpan Rounded = TimeSpan.FromMinutes(30);

    /// <summary>For how long at least it has been as it is; null when the words do not say so.</summary>
    public static TimeSpan? AtLeast(string? status)
    {
        Match found = Since().Match(status ?? "");
        if (!found.Success) return null;
        string unit = found.Groups["unit"].Value;
        int count = found.Groups["count"].Value is { Length: > 0 } digits ? int.Parse(digits, CultureInfo.InvariantCulture) : 1;
        if (found.Groups["less"].Success) return TimeSpan.Zero;
        return unit switch
        {
            "second" => TimeSpan.FromSeconds(count),
            "minute" => TimeSpan.FromMinutes(count),
            "hour" => count == 1 ? TimeSpan.FromHours(1) : TimeSpan.FromHours(count) - Rounded,
            "day" => TimeSpan.FromDays(count) - Rounded,
            "week" => TimeSpan.FromDays(7 * count) - Rounded,
            "month" => TimeSpan.FromDays(30 * count) - Rounded,
            _ => TimeSpan.FromDays(365 * count) - Rounded,
        };
    }

    /// <summary>What its health check says, in the engine's word; null where it has none, or the words do not say it.</summary>
    public static string? Health(string? status) =>
        Checked().Match(status ?? "") is { Success: true } found ? found.Groups["health"].Value : null;

    [GeneratedRegex(@"^(?:Up|Exited \(-?\d+\)) (?:(?<less>Less than a second)|(?:About an?|(?<count>\d{1,6})) (?<unit>second|minute|hour|day|week|month|year)s?)(?: ago)?(?: \([^)]*\))?$")]
    private static partial Regex Since();

    [GeneratedRegex(@"\((?:health: )?(?<health>healthy|unhealthy|starting)\)$")]
    private static partial Regex Checked();
}
