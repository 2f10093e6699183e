using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Attacks.Blocked;

/// <summary>Reads what nftables, fail2ban, nginx and CrowdSec print of the addresses that they block.</summary>
internal static partial class BlockedText
{
    private const int LongestReason = 200;

    /// <summary>
    /// The sets of <c>nft -j list ruleset</c> or <c>list sets</c> that hold addresses: their names, also of those with none, and their
    /// elements.
    /// </summary>
    public static IEnumerable<(string Source, IReadOnlyList<BlockedAddress> Addresses)> Nftables(string json, DateTimeOffset now)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        foreach (JsonElement item in List(document.RootElement, "nftables"))
        {
            if (!item.TryGetProperty("set", out JsonElement set) || !set.TryGetProperty("type", out JsonElement type)) continue;
            if (type.ValueKind != JsonValueKind.String || type.GetString() is not ("ipv4_addr" or "ipv6_addr")) continue;
            string source = $"{Text(set, "family")} {Text(set, "table")} {Text(set, "name")}";
            TimeSpan? timeout = Number(set, "timeout") is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            yield return (source, [.. List(set, "elem").Select(e => Element(e, source, timeout, now)).OfType<BlockedAddress>()]);
        }
    }

    private static BlockedAddress? Element(JsonElement item, string source, TimeSpan? timeout, DateTimeOffset now)
    {
        JsonElement element = item.ValueKind == JsonValueKind.Object && item.TryGetProperty("elem", out JsonElement inner) ? inner : item;
        JsonElement value = element.ValueKind == JsonValueKind.Object && element.TryGetProperty("val", out JsonElement val) ? val : element;
        string? address = value.ValueKind == JsonValueKind.String ? value.GetString() : Network(value);
        if (address is null) return null;
        bool isObject = element.ValueKind == JsonValueKind.Object;
        double? left = isObject ? Number(element, "expires") : null, own = isObject ? Number(element, "timeout") : null;
        TimeSpan? whole = own is { } seconds ? TimeSpan.FromSeconds(seconds) : timeout;
        DateTimeOffset? until = left is { } rest ? now.AddSeconds(rest) : null, since = until - whole;
        return Made(address, BlockedAddressSource.Nftables, source, since, until, isObject ? Text(element, "comment") : null, now);
    }

    private static string? Network(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) return null;
        if (value.TryGetProperty("prefix", out JsonElement prefix)) return $"{Text(prefix, "addr")}/{Number(prefix, "len")}";
        return value.TryGetProperty("range", out JsonElement range) && range.ValueKind == JsonValueKind.Array
            && range.GetArrayLength() == 2 ? $"{range[0]}-{range[1]}" : null;
    }

    /// <summary>The jails of <c>fail2ban-client status</c>.</summary>
    public static IReadOnlyList<string> Jails(string status) =>
        JailList().Match(status) is { Success: true } list ? list.Groups["jails"].Value.Split([',', ' ', '\t'],
            StringSplitOptions.RemoveEmptyEntries) : [];

    /// <summary>
    /// What <c>fail2ban-client get JAIL banip --with-time</c> prints: an address, since when, for how many seconds, until when.
    /// </summary>
    public static IReadOnlyList<BlockedAddress> Fail2ban(string text, string jail, TimeSpan offset, DateTimeOffset now) =>
        [.. Banned().Matches(text).Select(m => Made(m.Groups["a"].Value, BlockedAddressSource.Fail2ban, jail,
            Local(m.Groups["since"].Value, offset),
            m.Groups["until"].Value.StartsWith("9999", StringComparison.Ordinal) ? null : Local(m.Groups["until"].Value, offset), null,
                now))];

    /// <summary>The <c>deny</c> lines of a file of nginx; the comment behind one is its reason. <c>deny all</c> names nobody.</summary>
    public static IReadOnlyList<BlockedAddress> Nginx(string text, string file, DateTimeOffset written, DateTimeOffset now) =>
        [.. Deny().Matches(text).Where(m => m.Groups["a"].Value is not ("all" or "unix:")).Select(m => Made(m.Groups["a"].Value,
            BlockedAddressSource.Nginx, file, null, null,
            m.Groups["why"].Success ? m.Groups["why"].Value.Trim() : null, now) with { Since = written, Age = now - written })];

    /// <summary>What <c>cscli decisions list -o json</c> prints: alerts with their decisions, <c>null</c> for none.</summary>
    public static IReadOnlyList<BlockedAddress> CrowdSec(string json, DateTimeOffset now)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        var found = new List<BlockedAddress>();
        if (document.RootElement.ValueKind != JsonValueKind.Array) return found;
        foreach (JsonElement alert in document.RootElement.EnumerateArray())
        {
            DateTimeOffset? since = Text(alert, "created_at") is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;
            IEnumerable<JsonElement> decisions = alert.TryGetProperty("decisions", out JsonElement list)
                && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [alert];
            foreach (JsonElement decision in decisions)
            {
                if (Text(decision, "value") is not { } value || Text(decision, "type") is { } type && type != "ban") continue;
                TimeSpan? left = Text(decision, "duration") is { } duration && !duration.StartsWith('-') ? Duration(duration) : null;
                found.Add(Made(value, BlockedAddressSource.CrowdSec, Text(decision, "origin") ?? "crowdsec", since, now + left,
                    Text(decision, "scenario"), now));
            }
        }
        return found;
    }

    /// <summary>A duration of Go: <c>3h59m52.1s</c>.</summary>
    private static TimeSpan? Duration(string text)
    {
        TimeSpan sum = TimeSpan.Zero;
        foreach (Match part in GoDuration().Matches(text))
        {
            double number = double.Parse(part.Groups["n"].Value, CultureInfo.InvariantCulture);
            sum += part.Groups["u"].Value switch { "h" => TimeSpan.FromHours(number), "m" => TimeSpan.FromMinutes(number), "ms" =>
                TimeSpan.FromMilliseconds(number), _ => TimeSpan.FromSeconds(number) };
        }
        return sum == TimeSpan.Zero ? null : sum;
    }

    private static BlockedAddress Made(string address, BlockedAddressSource kind, string source, DateTimeOffset? since,
        DateTimeOffset? until, string? reason, DateTimeOffset now) => new()
    {
        Address = PrintableText.Of(address), Kind = kind, Source = PrintableText.Of(source), Since = since?.ToUniversalTime(), Age =
            since is { } began ? now - began : null,
        Until = until?.ToUniversalTime(), Reason = string.IsNullOrEmpty(reason) ? null : PrintableText.Of(reason.Length <= LongestReason
            ? reason : reason[..LongestReason]),
    };

    private static DateTimeOffset? Local(string text, TimeSpan offset) =>
        DateTime.TryParseExact(text, "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime time)
            ? new DateTimeOffset(time, offset) : null;

    private static IEnumerable<JsonElement> List(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray() : [];

    private static string? Text(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static double? Number(JsonElement item, string name) => item.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    [GeneratedRegex(@"Jail list:\s*(?<jails>.*)", RegexOptions.CultureInvariant)]
    private static partial Regex JailList();

    [GeneratedRegex(@"(?m)^(?<a>[0-9A-Fa-f:./]+)\s+(?<since>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) \+ -?\d+ = (?<until>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", RegexOptions.CultureInvariant)]
    private static partial Regex Banned();

    [GeneratedRegex(@"(?m)^\s*deny\s+(?<a>[^\s;#]+)\s*;[ \t]*(#(?<why>.*))?", RegexOptions.CultureInvariant)]
    private static partial Regex Deny();

    [GeneratedRegex(@"(?<n>[\d.]+)(?<u>ms|h|m|s)", RegexOptions.CultureInvariant)]
    private static partial Regex GoDuration();
}
