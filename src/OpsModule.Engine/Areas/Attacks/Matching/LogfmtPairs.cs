using System.Buffers;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>The pairs of a logfmt line: <c>name=value name="a value"</c>; words without a name are passed over.</summary>
internal static class LogfmtPairs
{
    public static readonly SearchValues<byte> NameBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-@/"u8);

    public static void Read(ReadOnlySpan<byte> line, FieldMeanings meanings, LogClock clock, LineParts parts)
    {
        for (int from = 0; from < line.Length;)
        {
            int end = line[from..].IndexOfAnyExcept(NameBytes);
            if (end <= 0 || line[from + end] != '=')
            {
                from += Math.Max(1, end < 0 ? line.Length : end);
                continue;
            }
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
            FieldSink.Add(line, name, start..stop, escaped, FieldPlace.Top, meanings, clock, parts);
            from = stop + 1;
        }
    }
}
