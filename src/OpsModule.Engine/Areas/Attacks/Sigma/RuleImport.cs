using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Attacks.Sigma;

/// <summary>What came of a Sigma rule.</summary>
public sealed record RuleImport : IVerdict
{
    bool IVerdict.IsBad() => !Imported;

    /// <summary>The file it stands in.</summary>
    public required string Source { get; init; }

    /// <summary>The Sigma rule's title.</summary>
    public required string Title { get; init; }

    /// <summary>The Sigma rule's id.</summary>
    public string? SigmaId { get; init; }

    /// <summary>Who wrote it.</summary>
    public string? Author { get; init; }

    /// <summary>The rules made of it, one for each alternative that no single expression can hold; none where it cannot be expressed.</summary>
    public IReadOnlyList<AttackRule> Rules { get; init => field = PlainList.Of(value); } = [];

    /// <summary>True when all of it was expressed, and its examples hold.</summary>
    public bool Imported => KeptImported ?? Rules.Count > 0;

    // As it was where the record comes from, when what it follows from was not kept.
    internal bool? KeptImported { get; init; }

    /// <summary>Why it was not imported.</summary>
    public IReadOnlyList<string> Problems { get; init => field = PlainList.Of(value); } = [];

    /// <summary>Where the rules made of it see a little more or less than it says.</summary>
    public IReadOnlyList<string> Notes { get; init => field = PlainList.Of(value); } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Title}: {(Imported ? string.Join(", ", Rules) : string.Join(" ", Problems))}";
}
