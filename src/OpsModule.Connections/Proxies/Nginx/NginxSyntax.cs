using System.Text;

namespace OpsModule.Connections.Proxies.Nginx;

/// <summary>Reads an nginx configuration as nginx does: words, quotes, comments, blocks. What it cannot read it refuses.</summary>
internal sealed class NginxSyntax
{
    private const int Deepest = 32;

    private readonly string _text;
    private int _at;

    private NginxSyntax(string text) => _text = text;

    /// <summary>The directives of a file.</summary>
    /// <exception cref="FormatException">It is not as nginx writes it, or holds a block of another language.</exception>
    public static IReadOnlyList<NginxDirective> Parse(string text)
    {
        var syntax = new NginxSyntax(text);
        IReadOnlyList<NginxDirective> all = syntax.Block(0);
        return syntax._at >= text.Length ? all : throw syntax.Wrong("a } without a {");
    }

    /// <summary>The line of a place.</summary>
    public static int LineOf(string text, int at) => text.AsSpan(0, Math.Min(at, text.Length)).Count('\n') + 1;

    private List<NginxDirective> Block(int depth)
    {
        if (depth > Deepest) throw Wrong("blocks too deep");
        var all = new List<NginxDirective>();
        while (true)
        {
            SkipBlanks();
            if (_at >= _text.Length || _text[_at] == '}') return all;
            all.Add(Directive(depth));
        }
    }

    private NginxDirective Directive(int depth)
    {
        int start = _at;
        var words = new List<string>();
        while (true)
        {
            SkipBlanks();
            if (_at >= _text.Length) throw Wrong($"'{words.FirstOrDefault()}' does not end");
            char c = _text[_at];
            if (c == '}') throw Wrong($"'{words.FirstOrDefault()}' has no semicolon");
            if (c is not (';' or '{'))
            {
                words.Add(Word());
                continue;
            }
            _at++;
            int end = _at;
            if (words.Count == 0) throw Wrong($"a '{c}' without a directive");
            if (c == ';') return new NginxDirective(words[0], words[1..], start, end, null);
            if (words[0].EndsWith("_by_lua_block", StringComparison.Ordinal)) throw Wrong($"'{words[0]}' holds another language");
            List<NginxDirective> block = Block(depth + 1);
            if (_at >= _text.Length) throw Wrong($"the block of '{words[0]}' does not end");
            _at++;
            return new NginxDirective(words[0], words[1..], start, end, block);
        }
    }

    private string Word()
    {
        char quote = _text[_at];
        var word = new StringBuilder();
        if (quote is '"' or '\'')
        {
            for (_at++; _at < _text.Length && _text[_at] != quote; _at++)
            {
                if (_text[_at] == '\\' && _at + 1 < _text.Length) _at++;
                word.Append(_text[_at]);
            }
            if (_at >= _text.Length) throw Wrong("a quote that does not end");
            _at++;
            return word.ToString();
        }
        for (; _at < _text.Length && !char.IsWhiteSpace(_text[_at]) && _text[_at] is not ';'; _at++)
        {
            char c = _text[_at];
            // ${name} is a word; any other brace ends one.
            if (c == '{' && (word.Length == 0 || word[^1] != '$')) break;
            if (c == '}' && !word.ToString().Contains("${", StringComparison.Ordinal)) break;
            if (c == '\\' && _at + 1 < _text.Length) word.Append(_text[_at++]);
            word.Append(_text[_at]);
        }
        return word.ToString();
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            if (char.IsWhiteSpace(_text[_at])) _at++;
            else if (_text[_at] == '#') while (_at < _text.Length && _text[_at] != '\n') _at++;
            else return;
        }
    }

    private FormatException Wrong(string what) => new($"line {LineOf(_text, _at)}: {what}");
}
