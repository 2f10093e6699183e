using System.Buffers;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// The texts of a JSON line with their names and in what they stand; what is broken or ends early is read as far as it makes sense.
/// </summary>
internal static class JsonStrings
{
    private static readonly SearchValues<byte> QuoteOrBackslash = SearchValues.Create("\"\\"u8);

    private static readonly SearchValues<byte> OfJson = SearchValues.Create("{}[],: \t\r\n0123456789.+-eEtrufalsn"u8);

    public static void Read(ReadOnlySpan<byte> line, int from, FieldMeanings meanings, LogClock clock, LineParts parts)
    {
        Range name = default, header = default;
        var nesting = new JsonNesting();
        while (from < line.Length)
        {
            int open = line[from..].IndexOf((byte)'"');
            nesting.Follow(line, from, open < 0 ? line.Length : from + open, name);
            AddGap(line, from, open < 0 ? line.Length : from + open, parts);
            if (open < 0) return;
            int start = from + open + 1;
            int end = End(line, start, out bool escaped);
            from = Math.Min(end + 1, line.Length);
            int after = SkipBlanks(line, from);
            if (after >= line.Length || line[after] != ':')
            {
                Add(line, name, start..end, escaped, nesting, ref header, meanings, clock, parts);
                continue;
            }
            // The name itself is a client's where he names what he sends.
            if (escaped || nesting.Place.Kind != ContainerKind.Own) parts.Add(new LineField(Rules.RuleTarget.Field, start, end - start,
                Json: escaped));
            name = start..end;
            from = SkipBlanks(line, after + 1);
            if (from < line.Length && line[from] is (byte)'-' or (>= (byte)'0' and <= (byte)'9'))
            {
                int stop = from;
                while (stop < line.Length && line[stop] is not ((byte)',' or (byte)'}' or (byte)']' or (byte)' ')) stop++;
                Add(line, name, from..stop, false, nesting, ref header, meanings, clock, parts);
                from = stop;
            }
        }
    }

    /// <summary>
    /// What stands outside of quotation marks and is neither a bracket, a number nor a word of JSON: no server's object has it.
    /// </summary>
    private static void AddGap(ReadOnlySpan<byte> line, int from, int to, LineParts parts)
    {
        if (line[from..to].IndexOfAnyExcept(OfJson) >= 0) parts.Add(new LineField(Rules.RuleTarget.Field, from, to - from));
    }

    private static void Add(ReadOnlySpan<byte> line, Range name, Range value, bool escaped, in JsonNesting nesting, ref Range header,
        FieldMeanings meanings, LogClock clock, LineParts parts)
    {
        FieldPlace place = nesting.Place;
        ReadOnlySpan<byte> own = line[name];
        // {"name": "User-Agent", "value": "curl"}
        if (place.IsHeaders && own.SequenceEqual("name"u8)) header = value;
        if (place.IsHeaders && own.SequenceEqual("value"u8) && !header.Equals(default(Range))) own = line[header];
        FieldSink.Add(line, name, value, escaped, meanings.Of(own, line[nesting.Container]), place, clock, parts);
    }

    private static int End(ReadOnlySpan<byte> line, int from, out bool escaped)
    {
        escaped = false;
        while (from < line.Length)
        {
            int at = line[from..].IndexOfAny(QuoteOrBackslash);
            if (at < 0) return line.Length;
            from += at;
            if (line[from] == '"') return from;
            escaped = true;
            from += 2;
        }
        return line.Length;
    }

    private static int SkipBlanks(ReadOnlySpan<byte> line, int from)
    {
        while (from < line.Length && line[from] is (byte)' ' or (byte)'\t') from++;
        return from;
    }
}
