using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Areas.Attacks.Formats;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>Holds a line against the rules. For one thread; what it finds is valid until the next line.</summary>
internal sealed class LineMatcher(RuleSet rules, LineDissector dissector)
{
    private readonly TextDecoder _decoder = new();
    private readonly TextBuffer _inner = new(), _lower = new();
    private readonly ulong[] _bits = new ulong[rules.Words], _done = new ulong[rules.Words];
    private readonly List<LineHit> _hits = [];
    private readonly ClauseMatcher _clauses = new();

    /// <summary>The line's parts.</summary>
    public LineParts Parts { get; } = new();

    /// <summary>What was found in it, one for each rule.</summary>
    public IReadOnlyList<LineHit> Hits => _hits;

    /// <summary>Looks at a line; true when a rule matches.</summary>
    public bool Match(ReadOnlySpan<byte> line)
    {
        _hits.Clear();
        Array.Clear(_done);
        bool whole = rules.WholeLine.Length > 0 && MatchWhole(line);
        if (rules.OnlyWholeLines && !whole) return false;
        _unwrapped = LineWrapping.TryUnwrap(line, _inner, out DateTimeOffset? time);
        return MatchPlain(_unwrapped ? _inner.Span : line, time);
    }

    /// <summary>The fields of lines of IIS and CloudFront, as their file says; null where it is not known.</summary>
    public W3cFields? Fields { get => dissector.Fields; set => dissector.Fields = value; }

    /// <summary>The line that <see cref="Parts"/> are places in: the line itself, or what was wrapped in it.</summary>
    public ReadOnlySpan<byte> Line(ReadOnlySpan<byte> line) => _unwrapped ? _inner.Span : line;

    private bool _unwrapped;

    /// <summary>Asks the rules that look at the line as it is written.</summary>
    private bool MatchWhole(ReadOnlySpan<byte> line)
    {
        _lower.Set(line);
        PlainText.Lower(_lower.Span);
        foreach (WholeLineRule rule in rules.WholeLine)
            if (rule.Find(_lower.Span) is { } hit) _hits.Add(hit);
        return _hits.Count > 0;
    }

    private bool MatchPlain(ReadOnlySpan<byte> line, DateTimeOffset? time)
    {
        dissector.Dissect(line, Parts);
        Parts.Time = time ?? Parts.Time;
        foreach (LineField field in Parts.Fields)
        {
            if (rules.Views(field.Kind).IsEmpty || (!_unwrapped && !rules.IsWorthALook(line, field, Parts.Status))) continue;
            ReadOnlySpan<byte> text = line.Slice(field.Start, field.Length);
            _decoder.Set(text, form: field.IsForm, json: field.Json);
            Look(line, field);
            foreach (Range range in Base64Values.Find(text))
            {
                if (Base64Values.Decode(text[range]) is not { } inner) continue;
                _decoder.SetInner(inner);
                Look(line, field);
            }
        }
        if (_hits.Count > 0) dissector.FindClient(line, Parts);
        _hits.RemoveAll(h => h.Rule.Target == RuleTarget.Line && !HasStatus(h.Rule));
        AskOfLine(line);
        return _hits.Count > 0;
    }

    /// <summary>Asks the rules that have a condition.</summary>
    private void AskOfLine(ReadOnlySpan<byte> line)
    {
        if (rules.OfLines.IsEmpty || TenantCrossing.Find(line, Parts) is var other && line[other].IsEmpty) return;
        dissector.FindClient(line, Parts);
        foreach (CompiledRule rule in rules.OfLines)
        {
            if (!HasStatus(rule.Rule) || !_clauses.Holds(rule, line, Parts)) continue;
            string text = Encoding.UTF8.GetString(line[other][..Math.Min(200, line[other].Length)]);
            _hits.Add(new LineHit(rule.Rule, rule.Rule.Confidence, false, text, DecodeTrail.None));
        }
    }

    private void Look(ReadOnlySpan<byte> line, in LineField field)
    {
        ReadOnlySpan<byte> name = line.Slice(field.NameStart, field.NameLength);
        Span<ulong> plain = stackalloc ulong[rules.Words];
        rules.Literals.Find(_decoder[TextView.Text], plain);
        foreach (TextView view in rules.Views(field.Kind))
        {
            if (view != TextView.Text && !_decoder.IsText(view))
            {
                Array.Clear(_bits);
                rules.Literals.Find(_decoder[view], _bits);
                Ask(line, view, _bits, name, field);
            }
            else Ask(line, view, plain, name, field);
        }
    }

    /// <summary>Asks the rules whose literals are there.</summary>
    private void Ask(ReadOnlySpan<byte> line, TextView view, ReadOnlySpan<ulong> bits, ReadOnlySpan<byte> name, in LineField field)
    {
        ReadOnlySpan<ulong> applicable = rules.Applicable(field.Kind, view);
        string? text = null;
        bool quoted = _decoder[view].IndexOfAny((byte)'\'', (byte)'"', (byte)'`') >= 0;
        for (int word = 0; word < bits.Length; word++)
            for (ulong left = bits[word] & applicable[word] & ~_done[word]; left != 0; left &= left - 1)
            {
                CompiledRule rule = rules[(word << 6) + BitOperations.TrailingZeroCount(left)];
                if ((rule.NeedsQuote && !quoted) || !rule.LooksAt(field.Kind, name) || !HasStatus(rule.Rule)) continue;
                text ??= Encoding.Latin1.GetString(_decoder[view]);
                if (rule.Find(text) is not { } match) continue;
                dissector.FindClient(line, Parts);
                if (!_clauses.Holds(rule, line, Parts)) continue;
                _done[word] |= left & (~left + 1);
                bool inText = (field.Kind & RuleTarget.Text) != 0;
                AttackConfidence confidence = inText ? rule.Rule.TextConfidence : rule.Rule.Confidence;
                _hits.Add(new LineHit(rule.Rule, confidence, inText, Shown(text, match), _decoder.Trail(view)));
            }
    }

    private bool HasStatus(AttackRule rule) => rule.Status.Count == 0 || rule.Status.Contains(Parts.Status);

    /// <summary>At most 200 characters of it; the bytes had been taken for Latin-1.</summary>
    private static string Shown(string text, Match match)
    {
        ReadOnlySpan<char> found = text.AsSpan(match.Index, Math.Min(match.Length, 200));
        return Ascii.IsValid(found) ? found.ToString() : Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(found.ToString()));
    }
}
