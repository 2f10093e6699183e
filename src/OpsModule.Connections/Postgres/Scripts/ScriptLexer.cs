using System.Text;

namespace OpsModule.Connections.Postgres.Scripts;

/// <summary>
/// Finds where a statement ends, as psql does: a semicolon outside of quotes, comments and parentheses, and outside of the body of a
/// function that is
/// written as SQL. It keeps its state from call to call, so that a statement may come in pieces.
/// </summary>
internal sealed class ScriptLexer
{
    private enum State { Plain, Quote, EscapeQuote, Name, Dollar, LineComment, BlockComment }

    private readonly List<string> _first = [];
    private byte[] _tag = [];
    private State _state;
    private int _parentheses, _bodies, _comments;

    /// <summary>True while nothing but blanks and comments has come.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>True in the middle of something that must come to an end.</summary>
    public bool IsOpen => !IsEmpty || _state == State.BlockComment;

    /// <summary>A backslash in simple quotes is an escape: so it was before standard_conforming_strings.</summary>
    public bool BackslashEscapes { get; set; }

    /// <summary>Where the statement begins, and the last comment before it.</summary>
    public int Start { get; private set; }

    /// <summary>Forgets the statement that ended.</summary>
    public void Reset()
    {
        (_state, _parentheses, _bodies, IsEmpty, Start) = (State.Plain, 0, 0, true, 0);
        _first.Clear();
    }

    /// <summary>Looks at bytes until something ends.</summary>
    /// <param name="bytes">All bytes since the last end.</param>
    /// <param name="at">Where to go on; moved behind what was looked at, and before what is not known yet for lack of bytes.</param>
    /// <param name="final">True when no more bytes come.</param>
    public ScriptEnd Scan(ReadOnlySpan<byte> bytes, ref int at, bool final)
    {
        while (at < bytes.Length)
        {
            int from = at;
            ScriptEnd end = _state == State.Plain ? Plain(bytes, ref at, final) : Inside(bytes, ref at, final);
            if (end != ScriptEnd.None) return end;
            // What comes next decides what this is.
            if (at == from) return ScriptEnd.None;
        }
        return ScriptEnd.None;
    }

    private ScriptEnd Plain(ReadOnlySpan<byte> bytes, ref int at, bool final)
    {
        byte b = bytes[at];
        if (IsPartOfWord(b))
        {
            Word(bytes, ref at, final);
            return ScriptEnd.None;
        }
        if (b is (byte)'-' or (byte)'/')
        {
            if (at + 1 >= bytes.Length && !final) return ScriptEnd.None;
            byte next = at + 1 < bytes.Length ? bytes[at + 1] : (byte)0;
            State comment = b == '-' && next == '-' ? State.LineComment : b == '/' && next == '*' ? State.BlockComment : State.Plain;
            if (comment != State.Plain)
            {
                if (IsEmpty) Start = at;
                (_state, _comments, at) = (comment, 1, at + 2);
                return ScriptEnd.None;
            }
        }
        if (b is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f' or (byte)'\v')
        {
            at++;
            return ScriptEnd.None;
        }
        Begin(at++);
        switch ((char)b)
        {
            case '\'': _state = BackslashEscapes ? State.EscapeQuote : State.Quote; break;
            case '"': _state = State.Name; break;
            case '(': _parentheses++; break;
            case ')': _parentheses = Math.Max(0, _parentheses - 1); break;
            case ';' when _parentheses == 0 && _bodies == 0: return ScriptEnd.Statement;
            case '\\': return ScriptEnd.Backslash;
        }
        return ScriptEnd.None;
    }

    private void Begin(int at)
    {
        if (!IsEmpty) return;
        (IsEmpty, Start) = (false, at);
    }

    /// <summary>A word, the mark of a dollar quote, or the E before a quote with escapes.</summary>
    private void Word(ReadOnlySpan<byte> bytes, ref int at, bool final)
    {
        int end = at + 1;
        bool mark = bytes[at] == '$';
        while (end < bytes.Length && IsPartOfWord(bytes[end]) && !(mark && bytes[end] == '$')) end++;
        if (end == bytes.Length && !final) return;
        Begin(at);
        ReadOnlySpan<byte> word = bytes[at..end];
        at = end;
        if (mark)
        {
            bool isTag = end < bytes.Length && bytes[end] == '$' && (word.Length == 1 || !char.IsAsciiDigit((char)word[1]));
            if (!isTag) return;
            (_state, _tag, at) = (State.Dollar, [.. word, (byte)'$'], end + 1);
            return;
        }
        if (word.Length == 1 && (word[0] | 0x20) == 'e' && end < bytes.Length && bytes[end] == '\'')
        {
            (_state, at) = (State.EscapeQuote, end + 1);
            return;
        }
        Count(word.Length > 32 ? "" : Encoding.Latin1.GetString(word).ToLowerInvariant());
    }

    private void Count(string word)
    {
        if (_first.Count < 4) _first.Add(word);
        bool body = _first is ["create", "function" or "procedure", ..] or ["create", "or", "replace", "function" or "procedure"];
        if (!body || _parentheses > 0) return;
        if (word == "begin" || (word == "case" && _bodies > 0)) _bodies++;
        else if (word == "end" && _bodies > 0) _bodies--;
    }

    private ScriptEnd Inside(ReadOnlySpan<byte> bytes, ref int at, bool final)
    {
        ReadOnlySpan<byte> rest = bytes[at..];
        switch (_state)
        {
            case State.LineComment:
                int line = rest.IndexOf((byte)'\n');
                at = line < 0 ? bytes.Length : at + line + 1;
                if (line < 0 && !final) return ScriptEnd.None;
                _state = State.Plain;
                return IsEmpty ? ScriptEnd.Comment : ScriptEnd.None;
            case State.BlockComment:
                BlockComment(rest, ref at, final);
                return ScriptEnd.None;
            case State.Dollar:
                int close = rest.IndexOf(_tag);
                at = close >= 0 ? at + close + _tag.Length : Math.Max(at, bytes.Length - _tag.Length + 1);
                if (close >= 0) _state = State.Plain;
                return ScriptEnd.None;
            case State.Name:
                int name = rest.IndexOf((byte)'"');
                at = name < 0 ? bytes.Length : at + name + 1;
                if (name >= 0) _state = State.Plain;
                return ScriptEnd.None;
            default:
                int quote = _state == State.Quote ? rest.IndexOf((byte)'\'') : rest.IndexOfAny((byte)'\'', (byte)'\\');
                if (quote < 0) at = bytes.Length;
                else if (rest[quote] == '\'') (_state, at) = (State.Plain, at + quote + 1);
                else at = quote + 1 < rest.Length || final ? Math.Min(at + quote + 2, bytes.Length) : at + quote;
                return ScriptEnd.None;
        }
    }

    private void BlockComment(ReadOnlySpan<byte> rest, ref int at, bool final)
    {
        int mark = rest.IndexOfAny((byte)'/', (byte)'*');
        if (mark < 0 || (mark + 1 == rest.Length && final)) at += rest.Length;
        else if (mark + 1 == rest.Length) at += mark;
        else
        {
            int depth = rest[mark] == '/' && rest[mark + 1] == '*' ? 1 : rest[mark] == '*' && rest[mark + 1] == '/' ? -1 : 0;
            at += mark + (depth == 0 ? 1 : 2);
            _comments += depth;
            if (_comments == 0) _state = State.Plain;
        }
    }

    private static bool IsPartOfWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'$' || b >= 0x80;
}

/// <summary>What a lexer has come to.</summary>
internal enum ScriptEnd
{
    /// <summary>The end of what has been read.</summary>
    None,
    /// <summary>The semicolon of a statement.</summary>
    Statement,
    /// <summary>A backslash outside of quotes.</summary>
    Backslash,
    /// <summary>The end of a comment's line, with no statement begun.</summary>
    Comment,
}
