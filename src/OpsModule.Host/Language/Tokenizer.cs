using System.Text;

namespace OpsModule.Host.Language;

/// <summary>The kinds of token in a pipeline's text.</summary>
internal enum TokenKind
{
    /// <summary>A bare word or a quoted string.</summary>
    Text,
    /// <summary><c>-Name</c>, or <c>-Name:</c> with the value in the next token.</summary>
    Parameter,
    /// <summary><c>$true</c>, <c>$false</c>, <c>$null</c> or <c>$env:NAME</c>.</summary>
    Variable,
    /// <summary><c>|</c></summary>
    Pipe,
    /// <summary><c>;</c> or a new line.</summary>
    Separator,
    /// <summary><c>,</c></summary>
    Comma,
    /// <summary><c>@{</c></summary>
    OpenTable,
    /// <summary><c>}</c>, of a table or a block</summary>
    CloseTable,
    /// <summary><c>=</c> inside <c>@{ }</c>.</summary>
    Equal,
    /// <summary><c>&amp; {</c></summary>
    OpenBlock,
}

/// <summary>One token.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text, without quotes, dash or colon.</param>
/// <param name="Attached">For a parameter: a colon follows, so the next token is its value even when it is a switch.</param>
/// <param name="Adjoining">True when no space stands before it.</param>
internal sealed record Token(TokenKind Kind, string Text, bool Attached = false, bool Adjoining = false);

/// <summary>Splits a pipeline's text into tokens: the small part of PowerShell's argument mode that needs no PowerShell.</summary>
internal sealed class Tokenizer(string text)
{
    private const string EndsWord = "|;,{}()'\"\r\n\t ";

    private readonly List<Token> _tokens = [];
    private int _at;
    private int _tableDepth;
    private readonly Stack<int> _blocks = new();

    /// <summary>All tokens of a text.</summary>
    /// <exception cref="UsageException">The text is not a pipeline.</exception>
    public static IReadOnlyList<Token> Read(string text) => new Tokenizer(text).ReadAll();

    /// <summary>
    /// The tokens of a command line that the shell has already split. An element of plain characters reads as it would inside
    /// a pipeline's text (so <c>a,b</c> is a list); any other element is one literal text, whatever it contains.
    /// </summary>
    public static IReadOnlyList<Token> Read(IReadOnlyList<string> arguments)
    {
        var tokens = new List<Token>();
        foreach (string argument in arguments)
        {
            if (IsPlain(argument)) tokens.AddRange(Read(argument));
            else tokens.Add(new Token(TokenKind.Text, argument));
        }
        return tokens;
    }

    private static bool IsPlain(string argument) =>
        argument is "|" or ";" || (argument.Length > 0 && argument.All(c => char.IsLetterOrDigit(c) || "-_.,:/@%+=~$*?\\".Contains(c)));

    private List<Token> ReadAll()
    {
        while (true)
        {
            int before = _at;
            SkipSpace();
            if (_at >= text.Length) return _tokens;
            ReadOne(adjoining: _at == before && _at > 0);
        }
    }

    private void SkipSpace()
    {
        while (_at < text.Length)
        {
            if (text[_at] is ' ' or '\t' or '\r') _at++;
            else if (text[_at] == '`' && _at + 1 < text.Length && text[_at + 1] is '\n' or '\r') _at += 2;
            else if (text[_at] == '#' && (_at == 0 || char.IsWhiteSpace(text[_at - 1]))) SkipComment();
            else return;
        }
    }

    private void SkipComment()
    {
        while (_at < text.Length && text[_at] != '\n') _at++;
    }

    private void ReadOne(bool adjoining)
    {
        char c = text[_at];
        char next = _at + 1 < text.Length ? text[_at + 1] : '\0';
        switch (c)
        {
            case '|': Mark(TokenKind.Pipe); break;
            case ';' or '\n': Mark(TokenKind.Separator); break;
            case ',': Mark(TokenKind.Comma); break;
            case '}': _tableDepth = _tableDepth > 0 ? _tableDepth - 1 : _blocks.TryPop(out int outer) ? outer : 0; Mark(TokenKind.CloseTable); break;
            case '=' when _tableDepth > 0: Mark(TokenKind.Equal); break;
            case '@' when next == '{': _tableDepth++; _at++; Mark(TokenKind.OpenTable); break;
            case '\'': _tokens.Add(new Token(TokenKind.Text, ReadSingleQuoted(), Adjoining: adjoining)); break;
            case '"': _tokens.Add(new Token(TokenKind.Text, ReadDoubleQuoted(), Adjoining: adjoining)); break;
            case '$': _at++; _tokens.Add(new Token(TokenKind.Variable, ReadWord(), Adjoining: adjoining)); break;
            case '&' when BlockBegins() is { } brace: _at = brace; _blocks.Push(_tableDepth); _tableDepth = 0; Mark(TokenKind.OpenBlock); break;
            case '(' or ')' or '{' or '&':
                throw new UsageException($"'{c}' at position {_at + 1}: expressions and script blocks need PowerShell, but for & {{ command; command }} | command. Quote the text if it is meant literally.");
            case '-' when char.IsLetter(next): ReadParameter(); break;
            default: _tokens.Add(new Token(TokenKind.Text, ReadWord(), Adjoining: adjoining)); break;
        }
    }

    /// <summary>Where the brace of <c>&amp; {</c> stands; null where another thing follows.</summary>
    private int? BlockBegins()
    {
        int at = _at + 1;
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        return at < text.Length && text[at] == '{' ? at : null;
    }

    private void Mark(TokenKind kind) => _tokens.Add(new Token(kind, text[_at++].ToString()));

    private void ReadParameter()
    {
        int start = ++_at;
        while (_at < text.Length && (char.IsLetterOrDigit(text[_at]) || text[_at] == '_')) _at++;
        string name = text[start.._at];
        bool attached = _at < text.Length && text[_at] == ':';
        if (attached) _at++;
        _tokens.Add(new Token(TokenKind.Parameter, name, attached));
    }

    private string ReadWord()
    {
        var word = new StringBuilder();
        while (_at < text.Length && !EndsWord.Contains(text[_at]) && !(_tableDepth > 0 && text[_at] == '='))
        {
            if (text[_at] == '`' && _at + 1 < text.Length) _at++;
            word.Append(text[_at++]);
        }
        return word.ToString();
    }

    private string ReadSingleQuoted()
    {
        var value = new StringBuilder();
        for (_at++; _at < text.Length; _at++)
        {
            if (text[_at] != '\'') { value.Append(text[_at]); continue; }
            _at++;
            if (_at >= text.Length || text[_at] != '\'') return value.ToString();
            value.Append('\'');
        }
        throw new UsageException("A text that begins with ' has no closing '.");
    }

    private string ReadDoubleQuoted()
    {
        var value = new StringBuilder();
        for (_at++; _at < text.Length; _at++)
        {
            char c = text[_at];
            if (c == '`' && _at + 1 < text.Length)
            {
                _at++;
                value.Append(text[_at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '0' => '\0', var other => other });
            }
            else if (c == '$' && _at + 1 < text.Length && (char.IsLetter(text[_at + 1]) || "_({".Contains(text[_at + 1])))
            {
                throw new UsageException("Variables inside \"...\" need PowerShell. Use '...' for a literal $, or $env:NAME as an argument of its own.");
            }
            else if (c != '"') value.Append(c);
            else
            {
                _at++;
                if (_at >= text.Length || text[_at] != '"') return value.ToString();
                value.Append('"');
            }
        }
        throw new UsageException("A text that begins with \" has no closing \".");
    }
}
