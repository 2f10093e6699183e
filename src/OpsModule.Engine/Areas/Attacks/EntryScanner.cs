using System.Text;
using OpsModule.Engine.Areas.Attacks.Counting;
using OpsModule.Engine.Areas.Attacks.Formats;
using OpsModule.Engine.Areas.Attacks.Matching;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>Looks for attacks in lines and log entries that somebody else has read. For one thread at a time.</summary>
public sealed class EntryScanner
{
    private const int LongestSample = 200;

    private readonly RuleSet _rules;
    private readonly LineMatcher _matcher;
    private readonly MatchMaker _maker;
    private readonly LoginAttempts _attempts = new();

    /// <summary>Prepares a scan.</summary>
    public EntryScanner(AttackQuery query, TimeProvider time)
    {
        _rules = RuleSet.Of(query);
        _matcher = new LineMatcher(_rules, LineDissector.For(query, LogClock.Local(time)));
        _maker = new MatchMaker(query);
    }

    /// <summary>Hears, once, of a line with a request in a form that is not known.</summary>
    public Action<string, string>? OnUnknown { get; set; }

    /// <summary>The matches of an entry: the time is the entry's, the source its instance.</summary>
    public IReadOnlyList<AttackMatch> Scan(LogEntry entry) => Scan(entry.Raw, entry.Instance, entry.Time, 0);

    /// <summary>The matches of a text of one or more lines.</summary>
    /// <param name="text">As it stands in the log.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="time">When it was written, where that is known better than by the line itself.</param>
    /// <param name="firstLine">The number of its first line; 0 where lines are not counted.</param>
    public IReadOnlyList<AttackMatch> Scan(string text, string source, DateTimeOffset? time, long firstLine)
    {
        var matches = new List<AttackMatch>();
        ReadOnlySpan<byte> left = Encoding.UTF8.GetBytes(text);
        for (long number = firstLine; !left.IsEmpty; number += firstLine > 0 ? 1 : 0)
        {
            int end = left.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = (end < 0 ? left : left[..end]).TrimEnd((byte)'\r');
            left = end < 0 ? [] : left[(end + 1)..];
            if (W3cFields.IsHeader(line)) _matcher.Fields = W3cFields.Parse(line);
            if (_rules.Prefilter.IndexOf(line, 0) < 0) continue;
            bool found = _matcher.Match(line);
            if (_matcher.Parts.IsUnknown && OnUnknown is { } tell)
            {
                OnUnknown = null;
                tell(source, Encoding.UTF8.GetString(line[..Math.Min(line.Length, LongestSample)]));
            }
            if (!found) continue;
            _matcher.Parts.Time = time ?? _matcher.Parts.Time;
            _maker.Make(_matcher, line, source, -1, number, matches);
        }
        _attempts.Join(matches);
        return matches;
    }
}
