using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Attacks.Sigma;

/// <summary>Makes a text that an expression matches, and finds what must stand in every such text. For the plain kinds of expressions that rules have.</summary>
internal sealed class RegexSample
{
    private readonly string _expression;
    private readonly List<string> _runs = [];
    private readonly StringBuilder _run = new();
    private int _at, _optional;

    private RegexSample(string expression) => _expression = expression;

    /// <summary>A text that matches.</summary>
    public static string Of(string expression) => new RegexSample(expression).Read().Sample;

    /// <summary>Texts that are in everything that matches.</summary>
    public static IReadOnlyList<string> Runs(string expression) => new RegexSample(expression).Read().Runs;

    private (string Sample, IReadOnlyList<string> Runs) Read()
    {
        string sample = Alternatives();
        if (_at < _expression.Length) throw new SigmaRefusedException($"The expression {_expression} is not balanced.");
        Break();
        return (sample, _runs);
    }

    private string Alternatives()
    {
        int runs = _runs.Count;
        string sample = Sequence();
        if (_at >= _expression.Length || _expression[_at] != '|') return sample;
        while (_at < _expression.Length && _expression[_at] == '|')
        {
            _at++;
            Sequence();
        }
        // Of alternatives none must be there.
        Break();
        _runs.RemoveRange(runs, _runs.Count - runs);
        return sample;
    }

    private string Sequence()
    {
        var sample = new StringBuilder();
        while (_at < _expression.Length && _expression[_at] is not ('|' or ')')) sample.Append(Repeated());
        return sample.ToString();
    }

    private string Repeated()
    {
        int begin = _at, least = Least(Skip(_at));
        bool plain = least == 1 && !IsQuantifier(Skip(begin));
        if (least == 0) _optional++;
        string one = Single(plain);
        if (least == 0) _optional--;
        if (!plain) Break();
        if (IsQuantifier(_at)) _at = AfterQuantifier(_at);
        return string.Concat(Enumerable.Repeat(one, least));
    }

    /// <summary>One thing: a group, a class, an escape or a character.</summary>
    private string Single(bool plain)
    {
        char c = _expression[_at];
        switch (c)
        {
            case '(':
                Break();
                _at++;
                if (_at < _expression.Length && _expression[_at] == '?')
                {
                    Match kind = Regex.Match(_expression[_at..], @"^\?(:|<[a-z]\w*>|[ims]+\))");
                    if (!kind.Success) throw new SigmaRefusedException($"The expression {_expression} looks around, or has a group that is not known here.");
                    _at += kind.Length;
                    if (kind.Value.EndsWith(')')) return "";
                }
                string inner = Alternatives();
                Break();
                if (_at >= _expression.Length) throw new SigmaRefusedException($"The expression {_expression} is not balanced.");
                _at++;
                return inner;
            case '[':
                Break();
                int end = Skip(_at);
                var set = new Regex(_expression[_at..end]);
                _at = end;
                return Enumerable.Range(' ' + 1, 94).Select(i => ((char)i).ToString()).OrderBy(s => char.IsAsciiLetterOrDigit(s[0]) ? 0 : 1).FirstOrDefault(set.IsMatch) ?? (set.IsMatch(" ") ? " " : "");
            case '^' or '$':
                _at++;
                return "";
            case '.':
                Break();
                _at++;
                return "a";
            case '\\':
                return Escape(plain);
            default:
                _at++;
                if (plain) Keep(c);
                return c.ToString();
        }
    }

    private string Escape(bool plain)
    {
        char c = _at + 1 < _expression.Length ? _expression[_at + 1] : throw new SigmaRefusedException($"The expression {_expression} ends too early.");
        _at += 2;
        if (c == 'x' && _at + 2 <= _expression.Length && int.TryParse(_expression.AsSpan(_at, 2), NumberStyles.HexNumber, null, out int code))
        {
            _at += 2;
            Break();
            return ((char)code).ToString();
        }
        if (char.IsAsciiLetterOrDigit(c))
        {
            if (c is not ('b' or 'B')) Break();
            return c switch
            {
                'd' => "1", 'w' => "a", 's' => " ", 'D' or 'S' => "a", 'W' => "-", 'b' or 'B' => "",
                _ => throw new SigmaRefusedException($"The expression {_expression} has \\{c}, which is not known here."),
            };
        }
        if (plain) Keep(c);
        return c.ToString();
    }

    private void Keep(char c)
    {
        if (_optional == 0) _run.Append(c);
    }

    private void Break()
    {
        if (_run.Length > 0) _runs.Add(_run.ToString());
        _run.Clear();
    }

    /// <summary>Behind the one thing that begins here.</summary>
    private int Skip(int at)
    {
        int end = _expression[at] switch { '\\' => at + 2, '[' => AfterClass(at), '(' => AfterGroup(at), _ => at + 1 };
        return Math.Min(end, _expression.Length);
    }

    private int AfterClass(int at)
    {
        int i = at + 1;
        if (i < _expression.Length && _expression[i] == '^') i++;
        if (i < _expression.Length && _expression[i] == ']') i++;
        while (i < _expression.Length && _expression[i] != ']') i += _expression[i] == '\\' ? 2 : 1;
        return i + 1;
    }

    private int AfterGroup(int at)
    {
        int i = at + 1;
        while (i < _expression.Length && _expression[i] != ')') i = Skip(i);
        return i + 1;
    }

    private bool IsQuantifier(int at) => at < _expression.Length && (_expression[at] is '?' or '*' or '+' || (_expression[at] == '{' && Counted(at).Success));

    private Match Counted(int at) => Regex.Match(_expression[at..], @"^\{(\d{1,4})(,\d{0,4})?\}");

    private int Least(int at) => !IsQuantifier(at) ? 1 : _expression[at] switch { '+' => 1, '{' => Math.Min(50, int.Parse(Counted(at).Groups[1].ValueSpan, CultureInfo.InvariantCulture)), _ => 0 };

    private int AfterQuantifier(int at)
    {
        int end = _expression[at] == '{' ? at + Counted(at).Length : at + 1;
        return end < _expression.Length && _expression[end] is '?' or '+' ? end + 1 : end;
    }
}
