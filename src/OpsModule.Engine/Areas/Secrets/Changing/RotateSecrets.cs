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

    public override bool AltersConfiguration => true;

    public override bool IsOfParts => true;

    public override string TargetOf(ChangePlan plan) => TargetOf(plan.Environment, NamesOf(plan));

    /// <summary>The secret, where it is one; else the environment.</summary>
    public static string TargetOf(string environment, IReadOnlyList<string> names) =>
        names is [var only] ? RotationOrder.TargetOf(only) : "environment/" + environment;

    /// <summary>The secrets of a rotation.</summary>
    public static IReadOnlyList<string> NamesOf(ChangePlan plan) =>
        plan.Arguments[Names].Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Whichever part is at work: to replace services twice, or to build, takes longer than who stops it waits.</summary>
    public override bool StaysOpenWhenStopped => true;

    /// <summary>Only where a part ended so by itself: what was made before it was taken back then.</summary>
    public override string WhenStopped(ChangePlan plan) => $"{plan.Action} of {plan.Target} ended before its end, and what it had made was "
        + "taken back, as far as nothing else is told.";

    public override string WhenLeftOpen(OpsContext context, ChangePlan plan, string change)
    {
        string stopped = $"{plan.Action} of {plan.Target} was stopped", goOn = $"Resume-OpsChange {change} goes on with it";
        IReadOnlyList<JournalEntry> parts = context.Journal.FindParts(change);
        if (parts.All(p => p.Steps.Count == 0)) return $"{stopped} before anything was done; {goOn}, and Undo-OpsChange {change} ends it.";
        string[] dropped = [.. parts.Where(p => p.Kind == FinishSecret.KindName && p.Steps.Any(s => s.Name == FinishSteps.Drop))
            .Select(p => p.Target[RotationOrder.TargetOf("").Length..])];
        return dropped.Length == 0 ? $"{stopped}, and what it has made so far stays: {goOn}, and Undo-OpsChange {change} takes it back."
            : $"{stopped}, and what it has made so far stays; the old value of {string.Join(" and ", dropped)} is dropped, or may be, so "
                + $"that nothing takes it back: {goOn}.";
    }

    /// <summary>A variable of the operator's shell must not be what new instances get in the place of what was written.</summary>
    public override IDisposable? Surround(OpsContext context, ChangePlan plan) => ShellOverride.Clean(context, NamesOf(plan));

    /// <summary>Its parts prove what they need.</summary>
    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<PlanIdentity>>([]);

    /// <summary>Never called: it is made by its parts.</summary>
    public override Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A rotation has no steps of its own.");
}
