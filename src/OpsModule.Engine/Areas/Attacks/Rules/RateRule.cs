using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>A rule about how often: more matches of some kinds than allowed, by one key, within a time.</summary>
public sealed record RateRule : INamedRule
{
    /// <summary>Its name; unique among the rate rules.</summary>
    public required string Id { get; init; }

    /// <summary>What it finds, in a sentence.</summary>
    public required string Title { get; init; }

    /// <summary>Categories that count; with <see cref="Rules"/> empty, too, all do.</summary>
    public IReadOnlyList<AttackCategory> Categories { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Rules that count, whatever their category; <c>*</c> stands for any characters.</summary>
    public IReadOnlyList<string> Rules { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What it counts by.</summary>
    public AttackKey By { get; init; }

    /// <summary>More than so many break it.</summary>
    public required long More { get; init; }

    /// <summary>How long the window is: it slides, begins behind a moment and ends with one.</summary>
    public required TimeSpan Within { get; init; }

    /// <summary>How grave it is when it is broken.</summary>
    public AttackSeverity Severity { get; init; } = AttackSeverity.Medium;

    /// <summary>MITRE ATT&amp;CK technique.</summary>
    public string? Mitre { get; init; }

    /// <summary>The rate rule in whose place it stands; null for none.</summary>
    public string? Replaces { get; init; }

    /// <summary>Examples that break it.</summary>
    public IReadOnlyList<RateExample> Matches { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Examples that do not.</summary>
    public IReadOnlyList<RateExample> Ignores { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The file it was read from.</summary>
    public string? File { get; init; }

    /// <summary>True when it counts such a match.</summary>
    internal bool Counts(AttackMatch match) =>
        Categories.Contains(match.Category) || Rules.Any(r => Wildcard.IsMatch(r, match.Rule)) || (Categories.Count == 0 && Rules.Count == 0);

    /// <inheritdoc/>
    public override string ToString() => Id;
}
