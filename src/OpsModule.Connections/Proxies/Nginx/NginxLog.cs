using System.Globalization;
using System.Text.RegularExpressions;

namespace OpsModule.Connections.Proxies.Nginx;

/// <summary>Reads our log: what each server has answered. A request that nginx tried at two servers counts for both.</summary>
public static partial class NginxLog
{
    /// <summary>What each server has answered for a service since then; what is not a line of ours is passed over.</summary>
    public static IReadOnlyList<ProxyTraffic> Read(string log, string service, DateTimeOffset since)
    {
        var found = new Dictionary<ProxyServer, (long Requests, long Errors, List<double> Times)>();
        double from = since.ToUnixTimeMilliseconds() / 1000.0;
        foreach (string line in log.Split('\n'))
        {
            Match parts = Line().Match(line);
            // The last line may be half written.
            if (!parts.Success || parts.Groups["host"].Value != service || Number(parts.Groups["time"].Value) is not { } at
                || at < from) continue;
            string[] addresses = Split(parts.Groups["at"].Value), statuses = Split(parts.Groups["upstream"].Value),
                times = Split(parts.Groups["took"].Value);
            for (int attempt = 0; attempt < addresses.Length; attempt++)
            {
                ProxyServer server = ProxyNames.Parse(addresses[attempt]) ?? ProxyTraffic.Nobody;
                (long requests, long errors, List<double> all) = found.GetValueOrDefault(server, (0, 0, []));
                // A request that the client gave up has no status of its own.
                string status = statuses.ElementAtOrDefault(attempt) is { Length: > 0 } told and not "-" ? told
                    : parts.Groups["status"].Value;
                if (times.ElementAtOrDefault(attempt) is { } took && Number(took) is { } seconds) all.Add(seconds);
                found[server] = (requests + 1, errors + (status.StartsWith('5') ? 1 : 0), all);
            }
        }
        return [.. found.Select(f => new ProxyTraffic(f.Key, f.Value.Requests, f.Value.Errors, P95(f.Value.Times)))];
    }

    private static TimeSpan? P95(List<double> times)
    {
        if (times.Count == 0) return null;
        times.Sort();
        return TimeSpan.FromSeconds(times[Math.Min(times.Count - 1, (int)Math.Ceiling(times.Count * 0.95) - 1)]);
    }

    // "a, b" within one group of servers, "a : b" after an internal redirect.
    private static string[] Split(string text) => text.Split([", ", " : "], StringSplitOptions.None);

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) ? value : null;

    [GeneratedRegex(@"^(?<time>[0-9.]+) (?<status>[0-9]{3}) [0-9.]+ \[(?<at>[^\n]*?)\] "
        + @"\[(?<upstream>[0-9, :-]*)\] \[(?<took>[0-9., :-]*)\] (?<host>\S+)$")]
    private static partial Regex Line();
}
