using System.Buffers;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>The pairs of a logfmt line: <c>name=value name="a value"</c>; words without a name are looked at as a text.</summary>
internal static class LogfmtPairs
{
    public static readonly SearchValues<byte> NameBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-@/"u8);

    /// <summary>Reads a line from a place on.</summary>
    public static void Read(ReadOnlySpan<byte> line, int from, FieldMeanings meanings, LogClock clock, LineParts parts)
    {
        int gap = from;
        while (from < line.Length)
        {
            int end = line[from..].IndexOfAnyExcept(NameBytes);
            if (end <= 0 || line[from + end] != '=')
            {
                from += Math.Max(1, end < 0 ? line.Length - from : end);
                continue;
            }
            AddGap(line, gap, from, parts);
            Range name = from..(from + end);
            int start = from + end + 1, stop;
            bool quoted = start < line.Length && line[start] == '"', escaped = false;
            if (quoted)
            {
                start++;
                for (stop = start; stop < line.Length && line[stop] != '"'; stop++)
                    if (line[stop] == '\\') { escaped = true; stop++; }
                stop = Math.Min(stop, line.Length);
            }
            else stop = line[start..].IndexOf((byte)' ') is >= 0 and var blank ? start + blank : line.Length;
            FieldSink.Add(line, name, start..stop, escaped, meanings[line[name]], FieldPlace.Pair, clock, parts);
            gap = from = Math.Min(stop + 1, line.Length);
        }
        AddGap(line, gap, line.Length, parts);
    }

    /// <summary>What is of no pair.</summary>
    private static void AddGap(ReadOnlySpan<byte> line, int from, int to, LineParts parts)
    {
        if (line[from..to].IndexOfAnyExcept((byte)' ') >= 0) parts.Add(new LineField(RuleTarget.Field, from, to - from));
    }
}
