using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Procedures.Sets.Changing;

/// <summary>A set of backups: its parts make them, and the last one writes the set's manifest.</summary>
internal sealed class BackUpEnvironment : ChangeKind
{
    public const string KindName = "backup.environment";

    public override string Name => KindName;

    public override bool IsOfParts => true;

    public override bool OnlyReads => true;

    public override string TargetOf(ChangePlan plan) => "environment/" + plan.Environment;

    public override string WhenStopped(ChangePlan plan) => "The set of backups was stopped, and there is none; backups that were "
        + "complete stay.";

    /// <summary>Its parts prove what they need.</summary>
    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<PlanIdentity>>([]);

    /// <summary>Never called: a change of parts is made by its parts.</summary>
    public override Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A set is made by its parts.");
}
