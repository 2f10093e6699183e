using System.Text;
using OpsModule.Engine.Areas.Attacks.Counting;
using OpsModule.Engine.Areas.Attacks.Formats;
using OpsModule.Engine.Areas.Attacks.Reading;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>What came of a chunk.</summary>
/// <param name="Matches">Matches; their line numbers count from the chunk's beginning.</param>
/// <param name="Newlines">How many lines end in the chunk.</param>
/// <param name="Resume">The byte from which a later scan may go on; -1 when there is no line's end to go on from.</param>
/// <param name="ResumeLines">How many lines end before that byte, from the chunk's beginning.</param>
internal readonly record struct ChunkResult(List<AttackMatch> Matches, long Newlines, long Resume = -1, long ResumeLines = 0)
{
    /// <summary>A line with a request whose form is not known; null when there was none.</summary>
    public string? Unknown { get; init; }
}

/// <summary>Scans chunks. For one thread at a time.</summary>
internal sealed class ChunkScanner(RuleSet rules, AttackQuery query, TimeProvider time)
{
    private readonly LineMatcher _matcher = new(rules, LineDissector.For(query, LogClock.Local(time)));
    private readonly MatchMaker _maker = new(query);
    private const int LongestSample = 200;

    private readonly KnownTails _tails = new();
    private readonly LoginAttempts _attempts = new(); // of single lines: one scanner is for one source then
    private readonly bool _skipsStatements = rules.Views(RuleTarget.Statement).IsEmpty && rules.WholeLine.Length == 0
        && query.Formats.Count == 0;
    private string? _unknown;

    public ChunkResult Scan(Chunk chunk, string source)
    {
        var matches = new List<AttackMatch>();
        _unknown = null;
        ReadOnlySpan<byte> buffer = chunk.Buffer;
        Range whole = ChunkLines.Whole(chunk);
        foreach (Range range in (ReadOnlySpan<Range>)[ChunkLines.Middle(chunk), whole])
        {
            (int start, int length) = range.GetOffsetAndLength(chunk.Buffer.Length);
            if (length > 0) Scan(chunk, buffer[..(start + length)], start, source, matches);
        }
        long newlines = buffer[chunk.RegionStart..chunk.RegionEnd].Count((byte)'\n');
        int end = whole.End.Value;
        if (end > 0 && buffer[end - 1] == '\n') return new ChunkResult(matches, newlines, chunk.Position(end), newlines) { Unknown =
            _unknown };
        if (end > 0 && end < chunk.End && buffer[end] == '\n') return new ChunkResult(matches, newlines, chunk.Position(end + 1),
            newlines + 1) { Unknown = _unknown };
        return new ChunkResult(matches, newlines) { Unknown = _unknown };
    }

    /// <summary>Scans one line that the platform says the time of; null when there is nothing in it.</summary>
    public List<AttackMatch>? ScanLine(ReadOnlySpan<byte> line, DateTimeOffset? time, string source)
    {
        if (W3cFields.IsHeader(line)) _matcher.Fields = W3cFields.Parse(line);
        if (rules.Prefilter.IndexOf(line, 0) < 0) return null;
        line = line.TrimEnd((byte)'\r');
        if (!_matcher.Match(line)) return null;
        _matcher.Parts.Time = time ?? _matcher.Parts.Time;
        var matches = new List<AttackMatch>();
        _maker.Make(_matcher, line, source, -1, 0, matches);
        _attempts.Join(matches);
        return matches.Count > 0 ? matches : null;
    }

    private void Scan(Chunk chunk, ReadOnlySpan<byte> text, int from, string source, List<AttackMatch> matches)
    {
        int counted = chunk.RegionStart, looked = 0;
        W3cFields? fields = null;
        long lines = 0;
        while (from < text.Length)
        {
            int begin = from, end = text[from..].IndexOf((byte)'\n') is >= 0 and var length ? from + length : text.Length;
            from = end + 1;
            if (!IsHeldUp(text, begin, end)) continue;
            ReadOnlySpan<byte> line = text[begin..end].TrimEnd((byte)'\r');
            if (_skipsStatements && IsOnlyStatement(line)) continue;
            if (W3cLine.IsOne(line))
            {
                // Each line of the chunk is looked at once for what the fields are.
                fields = W3cFields.Before(text[looked..], begin - looked) ?? fields ?? W3cFields.Parse(chunk.Head);
                (_matcher.Fields, looked) = (fields, begin);
            }
            bool found = _matcher.Match(line);
            if (_unknown is null && _matcher.Parts.IsUnknown) _unknown =
                Encoding.UTF8.GetString(line[..Math.Min(line.Length, LongestSample)]);
            if (!found) continue;
            lines += text[Math.Min(counted, begin)..begin].Count((byte)'\n');
            counted = begin;
            _maker.Make(_matcher, line, source, chunk.Position(begin), lines + 1, matches);
        }
    }

    /// <summary>True for an application's own statement with nothing before it that is worth a look.</summary>
    private bool IsOnlyStatement(ReadOnlySpan<byte> line) =>
        line is not [(byte)'{', ..] && StatementLog.Find(line) is > 0 and var statement && line[..statement].IndexOf((byte)'=') < 0
        && rules.Prefilter.IndexOf(line[..statement], 0) < 0;

    /// <summary>True when something in a line may be of an attack. A fragment that begins before the line's last field may end in it.</summary>
    private bool IsHeldUp(ReadOnlySpan<byte> text, int begin, int end)
    {
        int tail = _tails.Begin(text[begin..end]) is >= 0 and var at ? begin + at : -1;
        if (tail >= 0 && _tails.IsClean(text[tail..end])) return rules.Prefilter.BeginsIn(text, begin, tail);
        if (rules.Prefilter.IsIn(text, begin, end)) return true;
        if (tail >= 0) _tails.Add(text[tail..end]);
        return false;
    }
}
