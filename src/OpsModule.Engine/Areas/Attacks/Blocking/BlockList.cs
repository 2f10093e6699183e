using System.Net;
using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Engine.Areas.Attacks.Counting;

namespace OpsModule.Engine.Areas.Attacks.Blocking;

/// <summary>An address that is to be blocked, and why.</summary>
internal sealed record BlockEntry(IPAddress Address, long Count, AttackSeverity Severity, IReadOnlyList<string> Reasons, DateTimeOffset? LastTime)
{
    /// <summary>Why, in a line of plain characters that no format takes for anything else.</summary>
    public string Reason
    {
        get
        {
            string text = FormattableString.Invariant($"{Count} {(Count == 1 ? "match" : "matches")}, {Severity}, {string.Join(" ", Reasons.Take(4))}");
            if (LastTime is { } time) text += FormattableString.Invariant($", last {time.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}");
            string plain = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or ',' or '.' or '-' or '_' or ':' ? c : '?'));
            return plain.Length <= 120 ? plain : plain[..120];
        }
    }
}

/// <summary>Gathers addresses to be blocked from matches, offenders, bursts and summaries; never those that nobody may block.</summary>
/// <param name="allowed">What is never blocked; null for nothing more.</param>
/// <param name="includePrivate">True takes addresses of private networks, too; never those of this machine.</param>
/// <param name="proxies">Proxies that are trusted, which are never blocked; null for none.</param>
/// <param name="own">Addresses of this machine; null to ask it.</param>
public sealed class BlockList(AllowList? allowed = null, bool includePrivate = false, IReadOnlyList<IPNetwork>? proxies = null, IReadOnlyList<IPAddress>? own = null)
{
    /// <summary>The most addresses of a list.</summary>
    public const int Most = 65_536;

    private const int MostLeftOut = 100, LongestText = 64;

    private readonly OffenderCounter _matches = new(AttackKey.Address, Most);
    private readonly Dictionary<IPAddress, BlockEntry> _entries = [];
    private readonly HashSet<string> _private = [], _allowed = [], _invalid = [];
    private readonly Dictionary<string, BlockListOmission> _left = [];

    private readonly IReadOnlyList<IPAddress> _own = own ?? HostAddress.Own();

    /// <summary>Addresses left out because they are private or of this machine.</summary>
    public int Private => _private.Count;

    /// <summary>Addresses left out because the allow-list names them, or they are proxies that are trusted.</summary>
    public int Allowed => _allowed.Count;

    /// <summary>Texts that are no address.</summary>
    public int Invalid => _invalid.Count;

    /// <summary>What was left out, and why; at most a hundred.</summary>
    public IReadOnlyList<BlockListOmission> LeftOut => (BlockListOmission[])[.. _left.Values.OrderBy(o => o.Address,
        StringComparer.Ordinal)];

    /// <summary>Takes a match, an offender, a burst or a summary; false when there is no address in it, or it is none of these.</summary>
    public bool Add(object item)
    {
        switch (item)
        {
            case AttackMatch { AllowedBy: not null } let:
                Note(_allowed, let.ClientAddress ?? "", Reasons.Allowed);
                return true;
            case AttackMatch { ClientAddress: { } client } match:
                if (allowed?.Allows(match) == true) Note(_allowed, client, Reasons.Allowed);
                else if (Take(client) is { } address) _matches.Add(match with { ClientAddress = $"{address}" });
                return true;
            case AttackOffender { By: AttackKey.Address } offender:
                Add(offender);
                return true;
            case AttackBurst { By: AttackKey.Address } burst:
                if (Take(burst.Value) is { } host) Merge(new BlockEntry(host, burst.Most, burst.Severity, [burst.Rule], burst.LastTime));
                return true;
            case AttackSummary summary:
                foreach (AttackOffender offender in summary.Addresses) Add(offender);
                foreach (AttackBurst burst in summary.Bursts) Add((object)burst);
                return true;
            default:
                return false;
        }
    }

    /// <summary>How many addresses have at least so many matches.</summary>
    public int Count(long minMatches) => Entries(minMatches).Count;

    /// <summary>Those with at least so many matches, the worst first.</summary>
    internal IReadOnlyList<BlockEntry> Entries(long minMatches)
    {
        foreach (AttackOffender offender in _matches.Top(Most))
            Merge(new BlockEntry(IPAddress.Parse(offender.Value), offender.Count - offender.CountError, offender.Severity, [.. offender.Categories.Select(c => $"{c}")], offender.LastTime));
        return [.. _entries.Values.Where(e => e.Count >= minMatches).OrderByDescending(e => e.Severity).ThenByDescending(e => e.Count).ThenBy(e => $"{e.Address}", StringComparer.Ordinal).Take(Most)];
    }

    // What may only be an error of counting blocks nobody.
    private void Add(AttackOffender offender)
    {
        if (Take(offender.Value) is { } address)
            Merge(new BlockEntry(address, offender.Count - offender.CountError, offender.Severity, [.. offender.Categories.Select(c => $"{c}")], offender.LastTime));
    }

    private IPAddress? Take(string text)
    {
        if (HostAddress.Parse(text) is not { } address) Note(_invalid, text, Reasons.Invalid);
        else if (_own.Contains(address)) Note(_private, text, Reasons.Own);
        else if (HostAddress.IsNever(address, _own)) Note(_private, text, Reasons.Never);
        else if (proxies?.Any(p => p.Contains(address)) == true) Note(_allowed, text, Reasons.Proxy);
        else if (!includePrivate && !HostAddress.IsPublic(address)) Note(_private, text, Reasons.Private);
        else if (allowed?.Contains(address) == true) Note(_allowed, text, Reasons.Allowed);
        else return address;
        return null;
    }

    private void Merge(BlockEntry entry)
    {
        if (!_entries.TryGetValue(entry.Address, out BlockEntry? before))
        {
            if (_entries.Count < Most) _entries[entry.Address] = entry;
            return;
        }
        _entries[entry.Address] = before with
        {
            Count = Math.Max(before.Count, entry.Count),
            Severity = entry.Severity > before.Severity ? entry.Severity : before.Severity,
            Reasons = [.. before.Reasons.Union(entry.Reasons)],
            LastTime = entry.LastTime > before.LastTime || before.LastTime is null ? entry.LastTime : before.LastTime,
        };
    }

    private void Note(HashSet<string> texts, string text, string why)
    {
        if (texts.Count < Most) texts.Add(text);
        if (text.Length > 0 && _left.Count < MostLeftOut) _left.TryAdd(text, new BlockListOmission(text.Length <= LongestText ? text
            : text[..LongestText], why));
    }

    private static class Reasons
    {
        public const string Own = "an address of this machine", Never = "loopback, a group of hosts, or reserved", Private =
            "a private network",
            Proxy = "a trusted proxy", Allowed = "allowed", Invalid = "no address";
    }
}
