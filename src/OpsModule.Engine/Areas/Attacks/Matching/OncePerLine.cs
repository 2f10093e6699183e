namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>A line too long for one chunk is scanned in pieces; of its matches only the first of each category, or of each rule, counts.</summary>
/// <param name="everything">True for each rule.</param>
internal sealed class OncePerLine(bool everything)
{
    private readonly HashSet<string> _seen = [];
    private long _line;

    /// <summary>Takes out what was found in an earlier chunk already.</summary>
    public void Filter(List<AttackMatch> matches)
    {
        matches.RemoveAll(m => m.Line == _line && _seen.Contains(Key(m)));
        if (matches.Count == 0) return;
        if (matches[^1].Line != _line) _seen.Clear();
        _line = matches[^1].Line;
        foreach (AttackMatch match in matches)
            if (match.Line == _line) _seen.Add(Key(match));
    }

    private string Key(AttackMatch match) => everything ? match.Rule : match.Category.ToString();
}
