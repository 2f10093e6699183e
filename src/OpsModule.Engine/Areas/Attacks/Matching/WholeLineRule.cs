using System.Text;
using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// A rule that looks at lines as they are written, in small letters. Where its expression is only texts with anything between them
/// ("union.*select"), they are looked for one behind the other, without an expression: that is how people write for grep.
/// </summary>
internal sealed class WholeLineRule
{
    private const int LongestShown = 200;

    private readonly CompiledRule _rule;
    private readonly byte[][]? _pieces;

    public WholeLineRule(CompiledRule rule)
    {
        _rule = rule;
        _pieces = rule.Rule.Unless is null ? Pieces(rule.Rule.Pattern) : null;
    }

    /// <summary>The rule.</summary>
    public AttackRule Rule => _rule.Rule;

    /// <summary>What it finds in a line in small letters.</summary>
    public LineHit? Find(ReadOnlySpan<byte> line)
    {
        if (_pieces is null)
        {
            string text = Encoding.Latin1.GetString(line);
            return _rule.Find(text) is { } match ? Hit(line.Slice(match.Index, match.Length)) : null;
        }
        int begin = -1, from = 0;
        foreach (byte[] piece in _pieces)
        {
            int at = line[from..].IndexOf(piece);
            if (at < 0) return null;
            if (begin < 0) begin = from + at;
            from += at + piece.Length;
        }
        return Hit(line[begin..from]);
    }

    private LineHit Hit(ReadOnlySpan<byte> found) =>
        new(Rule, Rule.Confidence, false, Encoding.UTF8.GetString(found[..Math.Min(found.Length, LongestShown)]), DecodeTrail.None);

    /// <summary>The texts of an expression that has nothing but texts and ".*" between them; null for any other.</summary>
    private static byte[][]? Pieces(string pattern)
    {
        var pieces = new List<byte[]>();
        foreach (string part in pattern.Split(".*"))
        {
            var text = new StringBuilder();
            for (int i = 0; i < part.Length; i++)
            {
                bool escaped = part[i] == '\\' && ++i < part.Length;
                if (i == part.Length || (escaped ? char.IsLetterOrDigit(part[i]) : @"\.[](){}*+?|^$".Contains(part[i]))) return null;
                text.Append(part[i]);
            }
            if (text.Length == 0) return null;
            pieces.Add(Encoding.UTF8.GetBytes(text.ToString()));
        }
        return [.. pieces];
    }
}
