using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Changes;

/// <summary>Several changes of one call, kept in one plan: all of them are made, in their order, or none.</summary>
public sealed class SeveralChanges : ChangeKind
{
    private const string KindName = "several";

    /// <inheritdoc/>
    public override string Name => KindName;

    /// <summary>One plan of several.</summary>
    /// <param name="parts">The plans, at least one.</param>
    /// <returns>The plan itself when it is the only one.</returns>
    public static ChangePlan Of(IReadOnlyList<ChangePlan> parts) => parts is [var only] ? only : new ChangePlan
    {
        Environment = parts[0].Environment, Kind = KindName, Action = parts[0].Action, Target = "environment/" + parts[0].Environment,
            PlannedAt = parts[^1].PlannedAt, Parts = parts,
        Summary = $"{parts[0].Action}: {parts.Count} changes", Steps = [.. parts.Select(p =>
            new PlannedStep(p.Kind, $"{p.Summary} ({p.Target})."))],
        Warnings = [.. parts.SelectMany(p => p.Warnings)], Irreversible = parts.Any(p => p.Irreversible),
        Undo = parts.All(p => p.Undo is not null) ? "each of them is taken back, the last one first" : null,
    };

    /// <inheritdoc/>
    public override bool IsOfParts => true;

    /// <inheritdoc/>
    public override string TargetOf(ChangePlan plan) => "environment/" + plan.Environment;

    /// <summary>Its parts prove what they need.</summary>
    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<PlanIdentity>>([]);

    /// <summary>Never called: a change of parts is made by its parts.</summary>
    public override Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A change of parts has no steps of its own.");
}
