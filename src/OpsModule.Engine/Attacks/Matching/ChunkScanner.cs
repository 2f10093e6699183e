using OpsModule.Engine.Attacks.Reading;
using OpsModule.Engine.Logs;

namespace OpsModule.Engine.Attacks.Matching;

/// <summary>What came of a chunk.</summary>
/// <param name="Matches">Matches; their line numbers count from the chunk's beginning.</param>
/// <param name="Newlines">How many lines end in the chunk.</param>
internal readonly record struct ChunkResult(List<AttackMatch> Matches, long Newlines);

/// <summary>Scans chunks. For one thread at a time.</summary>
internal sealed class ChunkScanner(RuleSet rules, AttackQuery query, TimeProvider time)
{
    private readonly LineMatcher _matcher = new(rules, new LineDissector(new FieldMeanings(query.TenantFields, query.ResourceTenantFields), LogClock.Local(time)));
    private readonly MatchMaker _maker = new(query);

    public ChunkResult Scan(Chunk chunk, string source)
    {
        var matches = new List<AttackMatch>();
        ReadOnlySpan<byte> buffer = chunk.Buffer;
        foreach (Range range in (ReadOnlySpan<Range>)[ChunkLines.Middle(chunk), ChunkLines.Whole(chunk)])
        {
            (int start, int length) = range.GetOffsetAndLength(chunk.Buffer.Length);
            if (length > 0) Scan(chunk, buffer[..(start + length)], start, source, matches);
        }
        return new ChunkResult(matches, buffer[chunk.RegionStart..chunk.RegionEnd].Count((byte)'\n'));
    }

    private void Scan(Chunk chunk, ReadOnlySpan<byte> text, int from, string source, List<AttackMatch> matches)
    {
        int counted = chunk.RegionStart;
        long lines = 0;
        while (from < text.Length)
        {
            int hit = rules.Prefilter.IndexOf(text, from);
            if (hit < 0) return;
            int begin = text[from..hit].LastIndexOf((byte)'\n') is >= 0 and var before ? from + before + 1 : from;
            int end = text[hit..].IndexOf((byte)'\n') is >= 0 and var after ? hit + after : text.Length;
            ReadOnlySpan<byte> line = text[begin..end].TrimEnd((byte)'\r');
            if (_matcher.Match(line))
            {
                lines += text[Math.Min(counted, begin)..begin].Count((byte)'\n');
                counted = begin;
                _maker.Make(_matcher, line, source, chunk.Position(begin), lines + 1, matches);
            }
            from = end + 1;
        }
    }
}
