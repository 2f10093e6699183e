using OpsModule.Engine.Areas.Secrets.Guarding;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>
/// A rotation of secrets: the new values are set, the services that read them replaced, once for all of them, and the old values dropped.
/// It is made by its parts.
/// </summary>
internal sealed class RotateSecrets : ChangeKind
{
    public const string KindName = "secret.rotate";

    /// <summary>The names of the secrets, among the arguments.</summary>
    public const string Names = "names";

    public override string Name => KindName;

    public override bool IsOfParts => true;

    public override string TargetOf(ChangePlan plan) => TargetOf(plan.Environment, NamesOf(plan));

    /// <summary>The secret, where it is one; else the environment.</summary>
    public static string TargetOf(string environment, IReadOnlyList<string> names) =>
        names is [var only] ? RotationOrder.TargetOf(only) : "environment/" + environment;

    /// <summary>The secrets of a rotation.</summary>
    public static IReadOnlyList<string> NamesOf(ChangePlan plan) =>
        plan.Arguments[Names].Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public override string WhenStopped(ChangePlan plan) => $"{plan.Action} of {plan.Target} was stopped; Resume-OpsChange goes on with it, "
        + "and Undo-OpsChange takes it back as long as the old value is there.";

    /// <summary>A variable of the operator's shell must not be what new instances get in the place of what was written.</summary>
    public override IDisposable? Surround(OpsContext context, ChangePlan plan) => ShellOverride.Clean(context, NamesOf(plan));

    /// <summary>Its parts prove what they need.</summary>
    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<PlanIdentity>>([]);

    /// <summary>Never called: it is made by its parts.</summary>
    public override Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A rotation has no steps of its own.");
}
