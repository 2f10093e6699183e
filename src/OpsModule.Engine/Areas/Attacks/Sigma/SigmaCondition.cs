using System.Text.RegularExpressions;

namespace OpsModule.Engine.Areas.Attacks.Sigma;

/// <summary>Reads a condition: <c>selection and not 1 of filter_*</c>.</summary>
internal sealed class SigmaCondition
{
    private readonly IReadOnlyDictionary<string, SigmaNode> _parts;
    private readonly string[] _words;
    private int _at;

    private SigmaCondition(string text, IReadOnlyDictionary<string, SigmaNode> parts)
    {
        _parts = parts;
        if (text.Contains('|')) throw new SigmaRefusedException("The condition counts or correlates ('|'); write a rate rule for that.");
        _words = [.. Regex.Matches(text, @"[()]|[^\s()]+").Select(m => m.Value)];
    }

    /// <summary>What it comes to.</summary>
    public static SigmaNode Read(string text, IReadOnlyDictionary<string, SigmaNode> parts)
    {
        var reader = new SigmaCondition(text, parts);
        SigmaNode node = reader.Any();
        return reader._at == reader._words.Length ? node : throw new SigmaRefusedException($"The condition cannot be read at '{reader._words[reader._at]}'.");
    }

    private bool Take(string word)
    {
        if (_at >= _words.Length || !_words[_at].Equals(word, StringComparison.OrdinalIgnoreCase)) return false;
        _at++;
        return true;
    }

    private SigmaNode Any()
    {
        var nodes = new List<SigmaNode> { All() };
        while (Take("or")) nodes.Add(All());
        return SigmaDetection.Join(nodes, all: false);
    }

    private SigmaNode All()
    {
        var nodes = new List<SigmaNode> { One() };
        while (Take("and")) nodes.Add(One());
        return SigmaDetection.Join(nodes, all: true);
    }

    private SigmaNode One()
    {
        if (Take("not")) return new SigmaNot(One());
        if (Take("("))
        {
            SigmaNode inner = Any();
            return Take(")") ? inner : throw new SigmaRefusedException("A parenthesis of the condition is not closed.");
        }
        if (_at >= _words.Length) throw new SigmaRefusedException("The condition ends too early.");
        string word = _words[_at++];
        if (_at < _words.Length && _words[_at].Equals("of", StringComparison.OrdinalIgnoreCase))
        {
            _at++;
            if (_at >= _words.Length) throw new SigmaRefusedException("The condition ends too early.");
            SigmaNode[] chosen = Chosen(_words[_at++]);
            return word.ToLowerInvariant() switch
            {
                "all" => SigmaDetection.Join(chosen, all: true),
                "1" or "any" => SigmaDetection.Join(chosen, all: false),
                _ => throw new SigmaRefusedException($"'{word} of' is not understood, only '1 of', 'any of' and 'all of'."),
            };
        }
        return _parts.GetValueOrDefault(word) ?? throw new SigmaRefusedException($"The condition names '{word}', which is not in the detection.");
    }

    private SigmaNode[] Chosen(string pattern)
    {
        SigmaNode[] chosen = [.. _parts.Where(p => pattern.Equals("them", StringComparison.OrdinalIgnoreCase) ? !p.Key.StartsWith('_') : Wildcard.IsMatch(pattern, p.Key)).Select(p => p.Value)];
        return chosen.Length > 0 ? chosen : throw new SigmaRefusedException($"The condition names '{pattern}', and nothing in the detection is called so.");
    }
}
