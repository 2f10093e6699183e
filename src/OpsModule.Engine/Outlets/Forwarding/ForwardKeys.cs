using System.Globalization;
using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Backups;

namespace OpsModule.Engine.Outlets.Forwarding;

/// <summary>
/// Where forwarded changes lie in a store: <c>environment/journal/JOURNAL/NUMBER-HASH.json</c>, so that a listing alone tells the
/// anchors.
/// </summary>
internal static partial class ForwardKeys
{
    /// <summary>What all of an environment begin with.</summary>
    public static string Prefix(string environment) => BackupKeys.Encode(environment) + "/journal/";

    /// <summary>The key of a change.</summary>
    public static string Of(ForwardedChange change) =>
        Prefix(change.Environment)
            + string.Create(CultureInfo.InvariantCulture, $"{change.Journal}/{change.End.Sequence:D12}-{change.End.Hash}.json");

    /// <summary>What a key tells; null when it is none of ours.</summary>
    public static (string Journal, long Sequence, string Hash)? Parse(string key) => Form().Match(key) is { Success: true } match
        ? (match.Groups[1].Value, long.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture), match.Groups[3].Value) : null;

    [GeneratedRegex(@"/journal/([0-9a-z]{1,64})/([0-9]{12,18})-([0-9a-f]{64})\.json\z")]
    private static partial Regex Form();
}
