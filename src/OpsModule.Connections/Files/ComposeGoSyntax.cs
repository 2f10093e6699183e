using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace OpsModule.Connections.Files;

/// <summary>
/// Takes an env file to pieces as Compose v2 does: what follows a closing quote begins a new statement, a colon is as good as <c>=</c>, and
/// one fault makes the whole file refused.
/// </summary>
internal sealed partial class ComposeGoSyntax(string text)
{
    private int _at;

    /// <summary>Why the file is refused; null when it is not.</summary>
    public string? Fault { get; private set; }

    /// <summary>The pieces, up to a fault; what stands behind it is one piece.</summary>
    public IReadOnlyList<EnvEntry> Read()
    {
        var entries = new List<EnvEntry>();
        while (_at < text.Length)
        {
            int start = _at;
            SkipBlanks();
            if (_at > start) entries.Add(new EnvEntry(EnvEntryKind.Blank, text[start.._at]));
            if (_at == text.Length) break;
            start = _at;
            EnvEntry? entry = ReadStatement();
            if (entry is null) _at = text.Length;
            entries.Add(entry ?? new EnvEntry(EnvEntryKind.Ignored, text[start..]));
        }
        return entries;
    }

    private void SkipBlanks()
    {
        if (_at == 0 && text.StartsWith('\uFEFF')) _at = 1;
        while (true)
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
            if (_at == text.Length || text[_at] != '#') return;
            _at = text.IndexOf('\n', _at) is >= 0 and var end ? end : text.Length;
        }
    }

    private EnvEntry? ReadStatement()
    {
        int start = _at, name = Export().Match(text, _at) is { Success: true } ? SkipSpace(_at + "export".Length) : _at;
        if (name == text.Length) return Refuse("nothing stands after export");
        if (EndOfName(name) is not { } end) return null;
        // Without = and without an end of line the rest is a value of no name.
        string key = end < 0 ? "" : text[name..end].TrimEnd();
        if (key.Contains(' ')) return Refuse($"the name '{key}' holds a blank");
        if (end >= 0 && text[end] == '\n')
        {
            _at = end + 1;
            return new EnvEntry(EnvEntryKind.Inherited, text[start.._at]) { Key = key };
        }
        int from = end < 0 ? name : end + 1, value = SkipSpace(from);
        return value < text.Length && text[value] is '\'' or '"' ? Quoted(start, key, value) : Plain(start, key, from, value);
    }

    /// <summary>Where a name ends; negative when nothing ends it, null when it is none.</summary>
    private int? EndOfName(int from)
    {
        for (int i = from; i < text.Length; i++)
        {
            if (IsSpace(text[i])) continue;
            if (text[i] is '=' or ':' or '\n') return i;
            if (text[i] is '_' or '.' or '-' or '[' or ']') continue;
            if (!Rune.TryGetRuneAt(text, i, out Rune rune) || !(Rune.IsLetter(rune) || Rune.IsNumber(rune)))
            {
                Refuse($"a name cannot hold {(char.IsControl(text[i]) ? "such a character" : "'" + text[i] + "'")}", i);
                return null;
            }
            i += rune.Utf16SequenceLength - 1;
        }
        return -1;
    }

    private EnvEntry Plain(int start, string key, int from, int value)
    {
        int line = text.IndexOf('\n', value) is >= 0 and var found ? found : text.Length;
        int comment = text.IndexOf(" #", value, line - value, StringComparison.Ordinal);
        string written = text[value..(comment < 0 ? line : comment)].TrimEnd();
        _at = Math.Min(line + 1, text.Length);
        // Where nothing stands, a value belongs before the end of the line, which may be two characters.
        return written.Length == 0 ? Entry(start, key, written, true, from, from)
            : Entry(start, key, written, true, value, value + written.Length);
    }

    private EnvEntry? Quoted(int start, string key, int value)
    {
        char quote = text[value];
        var inner = new StringBuilder();
        for (int i = value + 1; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                _at = i + 1;
                return Entry(start, key, quote == '"' ? Unescape(inner.ToString()) : inner.ToString(), quote == '"', value, _at);
            }
            if (text[i] == '\\' && i + 1 < text.Length)
            {
                if (text[++i] != quote) inner.Append('\\');
            }
            inner.Append(text[i]);
        }
        _at = value;
        return Refuse($"the quote {quote} is not closed");
    }

    private EnvEntry Entry(int start, string key, string value, bool expands, int from, int to) =>
        new(EnvEntryKind.Value, text[start.._at]) { Key = key, Value = value, Expands = expands, Written = (from - start)..(to - start) };

    private EnvEntry? Refuse(string why, int? at = null)
    {
        Fault = string.Create(CultureInfo.InvariantCulture, $"line {text.AsSpan(0, at ?? _at).Count('\n') + 1}: {why}");
        return null;
    }

    /// <summary>Escapes of double quotes. An escaped <c>$</c> becomes two, which the replacing of variables makes one of.</summary>
    private static string Unescape(string value) => Escape().Replace(value, m => m.Value[1] switch
    {
        'a' => "\a", 'b' => "\b", 'f' => "\f", 'n' => "\n", 'r' => "\r", 't' => "\t", 'v' => "\v", '\\' => "\\", '"' => "\"", '$' => "$$",
        '0' => Octal(m.Value[2..]),
        _ => m.Value,
    });

    private static string Octal(string digits) => digits.Length == 3 && digits.All(d => d < '8') && Convert.ToInt32(digits,
        8) is var code and < 256
        ? ((char)code).ToString() : "\\" + digits;

    private int SkipSpace(int from)
    {
        while (from < text.Length && IsSpace(text[from])) from++;
        return from;
    }

    /// <summary>Blanks within a line; one of the wider ones ends a value, but separates nothing.</summary>
    private static bool IsSpace(char c) => c is '\t' or '\v' or '\f' or '\r' or ' ' or '\u0085' or '\u00A0';

    [GeneratedRegex(@"\Gexport[\t\n\f\r ]")]
    private static partial Regex Export();

    [GeneratedRegex("""\\(?:[abcfnrtv$"\\]|0[0-9]{0,3})""")]
    private static partial Regex Escape();
}
