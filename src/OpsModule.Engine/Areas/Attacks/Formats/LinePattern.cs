using System.Buffers;
using System.Text;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Areas.Attacks.Formats;

/// <summary>
/// The format of a line as a text with fields in it: <c>{client} [{time}] "{request}" {status}</c>. A blank stands for one or more. What a
/// client can write
/// ends where what follows it in the pattern stands; where it ends at several places, nothing that stands behind it is believed.
/// </summary>
internal sealed class LinePattern
{
    private const int MostFields = 24, MostSteps = 4000, LongestHead = 200;

    private static readonly SearchValues<byte> OfAddresses = SearchValues.Create("0123456789abcdefABCDEF:.[]"u8);

    /// <summary>Before a line of a known form stands what the server writes: nothing of this is in it.</summary>
    private static readonly SearchValues<byte> NoHead = SearchValues.Create("\"?=%<>'&{}"u8);

    private readonly Piece[] _pieces;
    private readonly byte[] _head;
    private readonly bool _whole;

    private LinePattern(string text, Piece[] pieces, bool hasHead, bool whole)
    {
        (Text, _pieces, _whole) = (text, pieces, whole);
        _head = hasHead ? pieces[0].Literal : [];
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>True when what a server writes before it belongs to it.</summary>
    public bool HasHead => _head.Length > 0;

    /// <summary>
    /// Reads a pattern. Two braces are one of the line itself, <c>{end}</c> at its end says that nothing follows; <c>{head}</c> at the
    /// beginning is what a server writes before it.
    /// </summary>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static LinePattern Parse(string text)
    {
        var pieces = new List<Piece>();
        var literal = new StringBuilder();
        bool hasHead = text.StartsWith("{head}", StringComparison.Ordinal);
        int fields = 0;
        int stop = text.EndsWith("{end}", StringComparison.Ordinal) ? text.Length - "{end}".Length : text.Length;
        for (int at = hasHead ? "{head}".Length : 0; at < stop; at++)
        {
            bool doubled = at + 1 < text.Length && text[at + 1] == text[at];
            if (text[at] is '{' or '}' && doubled) at++; // a brace of the line itself
            if (text[at] != '{' || doubled) { literal.Append(text[at]); continue; }
            int end = text.IndexOf('}', at);
            if (end < 0) throw new FormatException("A brace is not closed.");
            string name = text[(at + 1)..end];
            FormatField field = name switch { "*" => FormatField.Any, "_" => FormatField.Word, _ => Named(name) };
            if (pieces.Count > 0
                && literal.Length == 0) throw new FormatException($"Nothing stands between {{{name}}} and the field before it.");
            pieces.Add(new Piece(Encoding.UTF8.GetBytes(literal.ToString()), field));
            literal.Clear();
            at = end;
            fields++;
        }
        bool whole = text.EndsWith("{end}", StringComparison.Ordinal);
        if (fields is 0 or > MostFields) throw new FormatException($"It has {fields} fields; 1 to {MostFields} were expected.");
        if (hasHead && pieces[0].Literal.Length == 0) throw new FormatException("Nothing stands behind {head}.");
        if (literal.Length > 0) pieces.Add(new Piece(Encoding.UTF8.GetBytes(literal.ToString()), null));
        return new LinePattern(text, [.. pieces], hasHead, whole);
    }

    /// <summary>Why a text is no pattern; null when it is one.</summary>
    public static string? Fault(string text)
    {
        try
        {
            Parse(text);
            return null;
        }
        catch (FormatException e) { return e.Message; }
    }

    /// <summary>The names that fields have in patterns.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetNames<FormatField>().Where(n => n is not "Any"
        and not "Word").Select(n => n.ToLowerInvariant())];

    /// <summary>Holds a line against the pattern; what is found stays until the next line.</summary>
    public bool Match(ReadOnlySpan<byte> line, int from, LogClock clock, FormatMatch match)
    {
        if (_head.Length > 0)
        {
            int at = line[from..Math.Min(line.Length, from + LongestHead)].IndexOf(_head);
            if (at < 0 || line.Slice(from, at).IndexOfAny(NoHead) >= 0) return false;
            if (!MessageHead.IsBeforeLine(line.Slice(from, at))) return false;
            from += at;
        }
        match.Begin(from);
        var search = new Search(_pieces, clock, match, _whole);
        search.Go(line, from, 0);
        return match.IsFound;
    }

    private static FormatField Named(string name) => Enum.TryParse(name, ignoreCase: true, out FormatField field)
        && field is not (FormatField.Any or FormatField.Word)
        && name.All(char.IsAsciiLetter) ? field
            : throw new FormatException($"There is no field {{{name}}}; {string.Join(", ", Names.Select(n => $"{{{n}}}"))}, {{*}} and {{_}} were expected.");

    /// <summary>What stands before a field, and the field; none at the end.</summary>
    private readonly record struct Piece(byte[] Literal, FormatField? Field);

    private ref struct Search(Piece[] pieces, LogClock clock, FormatMatch match, bool whole)
    {
        private int _steps;

        /// <summary>Goes on at a piece; true when the search is over.</summary>
        public bool Go(ReadOnlySpan<byte> line, int at, int piece)
        {
            if (GivesUp()) return true;
            if (piece == pieces.Length) return Ends(line, at);
            int begin = Skip(line, at, pieces[piece].Literal);
            if (begin < 0) return false;
            if (pieces[piece].Field is not { } field) return Ends(line, begin);
            byte[]? next = piece + 1 < pieces.Length ? pieces[piece + 1].Literal : null;
            if (!IsWritten(field))
            {
                int end = End(line, begin, field, next);
                if (end < 0 || !IsOne(line[begin..end], field)) return false;
                match.Set(piece, field, begin, end);
                return Go(line, end, piece + 1);
            }
            return GoWritten(line, begin, piece, field, next);
        }

        /// <summary>True when it has taken too long: whatever was found until then may be what a client made up.</summary>
        private bool GivesUp()
        {
            if (++_steps <= MostSteps) return false;
            match.Doubt();
            return true;
        }

        private readonly bool Ends(ReadOnlySpan<byte> line, int at) => (!whole || line[at..].IndexOfAnyExcept((byte)' ') < 0)
            && match.Add(at);

        /// <summary>A field that a client writes ends at each place where what follows stands.</summary>
        private bool GoWritten(ReadOnlySpan<byte> line, int begin, int piece, FormatField field, byte[]? next)
        {
            if (next is null)
            {
                int word = line[begin..].IndexOf((byte)' ');
                match.Set(piece, field, begin, field == FormatField.Any || word < 0 ? line.Length : begin + word);
                return Go(line, match.End(piece), piece + 1);
            }
            bool quoted = next[0] == '"', bare = next[0] == ' ' && field != FormatField.Any;
            for (int from = begin; from <= line.Length;)
            {
                if (GivesUp()) return true;
                int end = line[from..].IndexOf(next[0]);
                if (end < 0) return false;
                end += from;
                from = end + 1;
                if (quoted && IsEscaped(line, begin, end)) continue;
                if (Skip(line, end, next) >= 0 && IsOne(line[begin..end], field))
                {
                    match.Set(piece, field, begin, end);
                    if (Go(line, end, piece + 1)) return true;
                }
                if (bare) return false; // no blank is in it
            }
            return false;
        }

        private static bool IsEscaped(ReadOnlySpan<byte> line, int begin, int at)
        {
            int slashes = 0;
            while (at - slashes > begin && line[at - slashes - 1] == '\\') slashes++;
            return slashes % 2 == 1;
        }

        /// <summary>True for what only a client decides, whatever it is.</summary>
        private static bool IsWritten(FormatField field) => field is FormatField.Any or FormatField.Request or FormatField.Path
            or FormatField.Query or FormatField.Agent
            or FormatField.Referrer or FormatField.Forwarded or FormatField.User or FormatField.Host;

        private static int End(ReadOnlySpan<byte> line, int begin, FormatField field, byte[]? next)
        {
            ReadOnlySpan<byte> rest = line[begin..];
            int end = field switch
            {
                FormatField.Client => rest.IndexOfAnyExcept(OfAddresses),
                FormatField.Status or FormatField.Bytes => rest.IndexOfAnyExcept("0123456789-."u8),
                FormatField.Method => rest.IndexOfAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZ_-"u8),
                FormatField.Time when next is not null => rest[..Math.Min(rest.Length, 64)].IndexOf(next),
                _ => next is not null && next[0] != ' ' ? rest.IndexOfAny(next[0], (byte)' ', (byte)'\t') : rest.IndexOfAny((byte)' ',
                    (byte)'\t'),
            };
            if (end < 0) end = field == FormatField.Time && next is not null ? -1 : rest.Length;
            // "203.0.113.7]:" ends with what is no part of it.
            if (field == FormatField.Client && next is not null && rest[..Math.Min(rest.Length, end + next.Length)].IndexOf(next) is > 0
                and var stop && stop < end) end = stop;
            return end < 0 ? -1 : begin + end;
        }

        private readonly bool IsOne(ReadOnlySpan<byte> text, FormatField field) => field switch
        {
            FormatField.Client => text.Length == 0 ? false : text is [(byte)'-'] || !AddressText.Whole(text, 0).Equals(default(Range)),
            FormatField.Status => text is [(byte)'-'] or [>= (byte)'1' and <= (byte)'9', >= (byte)'0' and <= (byte)'9', >= (byte)'0'
                and <= (byte)'9'] || text.SequenceEqual("000"u8),
            FormatField.Method => text.Length is >= 3 and <= 20,
            FormatField.Time => LineTime.TryParse(text, clock, out _) || text.IndexOfAnyInRange((byte)'0', (byte)'9') >= 0,
            FormatField.Word or FormatField.Bytes => text.Length > 0,
            FormatField.Request => RequestText.IsOne(text),
            FormatField.Path => text.Length > 0 && (text[0] is (byte)'/' or (byte)'*' or (byte)'-' || text.StartsWith("http"u8)),
            _ => true,
        };

        /// <summary>Where a literal ends that stands at a place, or -1.</summary>
        private static int Skip(ReadOnlySpan<byte> line, int at, byte[] literal)
        {
            foreach (byte b in literal)
            {
                if (b == ' ')
                {
                    int first = at;
                    while (at < line.Length && line[at] is (byte)' ' or (byte)'\t') at++;
                    if (at == first) return -1;
                    continue;
                }
                if (at >= line.Length || line[at] != b) return -1;
                at++;
            }
            return at;
        }
    }
}
