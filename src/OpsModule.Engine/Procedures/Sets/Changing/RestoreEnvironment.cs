using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Procedures.Sets.Changing;

/// <summary>The restore of a set: writers are stopped, what they write to is restored, and they are started again.</summary>
internal sealed class RestoreEnvironment : ChangeKind
{
    public const string KindName = "restore.environment";

    public override string Name => KindName;

    public override bool IsOfParts => true;

    public override string TargetOf(ChangePlan plan) => "environment/" + plan.Environment;

    public override string WhenStopped(ChangePlan plan) => "The restore of the set was stopped; what could be was put back.";

    /// <summary>Its parts prove what they need.</summary>
    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<PlanIdentity>>([]);

    /// <summary>Never called: a change of parts is made by its parts.</summary>
    public override Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A set is restored by its parts.");
}
