using OpsModule.Engine.Areas.Attacks.Counting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>An example of a rate rule: so many lines within a time.</summary>
/// <param name="Lines">Lines, as examples of rules are written; they come in turn.</param>
/// <param name="Times">How many come.</param>
/// <param name="Within">How long that takes; the last comes before its end.</param>
public sealed record RateExample(IReadOnlyList<string> Lines, int Times, TimeSpan Within)
{
    /// <summary>The lines.</summary>
    public IReadOnlyList<string> Lines { get; init => field = PlainList.Of(value); } = PlainList.Of(Lines);

    /// <inheritdoc/>
    public override string ToString() => $"{Times} times {Lines[0]}{(Lines.Count > 1 ? " and others" : "")} within {DurationText.Show(Within)}";

    /// <summary>True when these lines, held against rules, break a rate rule.</summary>
    internal bool Breaks(RateRule rate, EntryScanner scanner)
    {
        var begin = new DateTimeOffset(2026, 11, 21, 3, 16, 0, TimeSpan.Zero);
        var window = new SlidingWindow(rate, AttackTally.Lateness, int.MaxValue);
        IReadOnlyList<AttackMatch>[] found = [.. Lines.Select(l => scanner.Scan(RuleExamples.Line(l), "example", begin, 1))];
        for (int i = 0; i < Times; i++)
            foreach (AttackMatch match in found[i % found.Length])
                if (rate.Counts(match) && OffenderCounter.ValueOf(match, rate.By) is { } key) window.Add(key, begin + Within * ((double)i / Times));
        return window.Finish().Count > 0;
    }
}
