using System.Text.RegularExpressions;

namespace OpsModule.Connections.Files;

/// <summary>
/// Takes an env file to pieces as Compose v1 does: a line that is not understood is passed over, and variables are <c>${NAME}</c> and
/// <c>${NAME:-default}</c>, in single quotes, too.
/// </summary>
internal sealed partial class PythonDotenvSyntax(string text)
{
    private int _at;

    /// <summary>The pieces.</summary>
    public IReadOnlyList<EnvEntry> Read()
    {
        var entries = new List<EnvEntry>();
        if (text.StartsWith('\uFEFF'))
        {
            _at = 1;
            entries.Add(new EnvEntry(EnvEntryKind.Blank, text[..1]));
        }
        while (_at < text.Length) entries.Add(ReadLine());
        return entries;
    }

    /// <summary>The value with its variables replaced, from what stands before in the file, then from elsewhere.</summary>
    public static string Expand(string value, Func<string, string?> find) =>
        Variable().Replace(value, m => find(m.Groups["name"].Value) ?? m.Groups["default"].Value);

    private EnvEntry ReadLine()
    {
        int start = _at;
        _at += Blanks().Match(text, _at).Length;
        if (_at == text.Length) return new EnvEntry(EnvEntryKind.Blank, text[start..]);
        _at += Export().Match(text, _at).Length;
        EnvEntry? read = ReadStatement(start);
        if (read is not null && EndOfLine().Match(text, _at) is { Success: true } end)
        {
            _at += end.Length;
            return read with { Text = text[start.._at] };
        }
        _at += RestOfLine().Match(text, _at).Length;
        return new EnvEntry(EnvEntryKind.Ignored, text[start.._at]);
    }

    private EnvEntry? ReadStatement(int start)
    {
        if (_at == text.Length) return null;
        if (text[_at] == '#') return new EnvEntry(EnvEntryKind.Blank, "");
        Match name = (text[_at] == '\'' ? QuotedName() : Name()).Match(text, _at);
        if (!name.Success) return null;
        _at += name.Length;
        string key = name.Groups[1].Value;
        _at += Space().Match(text, _at).Length;
        if (_at == text.Length || text[_at] != '=') return new EnvEntry(EnvEntryKind.Inherited, "") { Key = key };
        _at++;
        _at += Space().Match(text, _at).Length;
        int from = _at;
        if (ReadValue() is not { } value) return null;
        return new EnvEntry(EnvEntryKind.Value, "") { Key = key, Value = value.Value, Expands = true,
            Written = (from - start)..(value.End - start) };
    }

    private (string Value, int End)? ReadValue()
    {
        char first = _at < text.Length ? text[_at] : '\n';
        if (first is '\n' or '\r') return ("", _at);
        if (first is '\'' or '"')
        {
            Match quoted = (first == '"' ? Double() : Single()).Match(text, _at);
            if (!quoted.Success) return null;
            _at += quoted.Length;
            string inner = quoted.Groups[1].Value.Replace("\r\n", "\n").Replace('\r', '\n');
            return ((first == '"' ? DoubleEscape() : SingleEscape()).Replace(inner, m => Unescape(m.Value[1])), _at);
        }
        Match line = Line().Match(text, _at);
        string value = Comment().Replace(line.Value, "", 1).TrimEnd(Blank);
        int end = _at + value.Length;
        _at += line.Length;
        return (value, end);
    }

    private static string Unescape(char escaped) => escaped switch
    {
        'a' => "\a", 'b' => "\b", 'f' => "\f", 'n' => "\n", 'r' => "\r", 't' => "\t", 'v' => "\v",
        _ => escaped.ToString(),
    };

    /// <summary>What Python takes for blanks and .NET does, with the four that .NET does not.</summary>
    private static readonly char[] Blank = [.. Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c).Where(c => char.IsWhiteSpace(c)
        || c is >= '\x1c' and <= '\x1f')];

    [GeneratedRegex(@"\G[\s\x1c-\x1f]*")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\G[\s\x1c-\x1f-[\r\n]]*")]
    private static partial Regex Space();

    [GeneratedRegex(@"\G(?:export[\s\x1c-\x1f-[\r\n]]+)?")]
    private static partial Regex Export();

    [GeneratedRegex(@"\G'([^']+)'")]
    private static partial Regex QuotedName();

    [GeneratedRegex(@"\G([^=#\s\x1c-\x1f]+)")]
    private static partial Regex Name();

    [GeneratedRegex(@"\G'((?:\\'|[^'])*)'")]
    private static partial Regex Single();

    [GeneratedRegex(@"\G""((?:\\""|[^""])*)""")]
    private static partial Regex Double();

    [GeneratedRegex(@"\G[^\r\n]*")]
    private static partial Regex Line();

    [GeneratedRegex(@"[\s\x1c-\x1f]+#.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\G(?:[\s\x1c-\x1f-[\r\n]]*#[^\r\n]*)?[\s\x1c-\x1f-[\r\n]]*(?:\r\n|\n|\r|\z)")]
    private static partial Regex EndOfLine();

    [GeneratedRegex(@"\G[^\r\n]*(?:\r\n|\r|\n)?")]
    private static partial Regex RestOfLine();

    [GeneratedRegex("""\\[\\'"abfnrtv]""")]
    private static partial Regex DoubleEscape();

    [GeneratedRegex(@"\\[\\']")]
    private static partial Regex SingleEscape();

    [GeneratedRegex(@"\$\{(?<name>[^}:]*)(?::-(?<default>[^}]*))?\}")]
    private static partial Regex Variable();
}
