using OpsModule.Engine.Areas.Tenants.Cutting;
using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Areas.Tenants.Proving;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>Lets a tenant in again: what cut it off is brought back, the last one first.</summary>
/// <param name="run">The change.</param>
/// <param name="tenant">The tenant.</param>
/// <param name="change">The change that suspended it.</param>
/// <param name="notes">What was noted before it was cut off.</param>
/// <param name="prefix">What the steps begin with.</param>
internal sealed class LiftSteps(ChangeRun run, string tenant, string change, IReadOnlyDictionary<string, string> notes, string prefix)
{
    private readonly TenantStore _store = new(run.Context);

    /// <summary>
    /// Brings back what was begun. What is lifted already is told by what is kept, and not by the journal of one change: who cuts the
    /// tenant off once more in between cuts off also what this one has lifted.
    /// </summary>
    public async Task RunAsync(Func<ITenantCut, bool> isBegun, CancellationToken ct)
    {
        IReadOnlyList<ITenantCut> cuts = TenantCuts.Of(run.Context);
        CutNotes.CheckDeclared(notes, tenant, cuts);
        IReadOnlyList<string> lifted = _store.Read(tenant) is { } kept && kept.Change == change ? kept.Lifted : [];
        foreach (ITenantCut cut in cuts.Reverse().Where(c => c.IsLifted && isBegun(c) && !lifted.Contains(c.Step)))
            if (CutNotes.Of(notes, cut) is { Count: > 0 } before)
                await StepAsync(prefix + cut.Step, async () =>
                {
                    await cut.LiftAsync(run, tenant, before, ct).ConfigureAwait(false);
                    _store.Change(tenant, change, k => k with { Lifted = [.. k.Lifted, cut.Step] });
                }).ConfigureAwait(false);
    }

    /// <summary>A step, also where the journal has it as done: it was cut off again since.</summary>
    private async Task StepAsync(string step, Func<Task> work)
    {
        if (!run.IsDone(step))
        {
            await run.StepAsync(step, work).ConfigureAwait(false);
            return;
        }
        await run.ReachAsync(step + "-again").ConfigureAwait(false);
        await work().ConfigureAwait(false);
    }

    /// <summary>
    /// Whether each instance serves it again; null where nothing could be asked. That it does not is told, and keeps nothing from ending:
    /// all that cut it off is brought back.
    /// </summary>
    public static async Task<(bool? Seen, IReadOnlyList<string> Words)> ProveAsync(OpsContext context, string tenant, CancellationToken ct)
    {
        using var prover = new TenantProver(context);
        if (!prover.Any) return (null, []);
        try
        {
            IReadOnlyList<ProofAnswer> answers = await prover.UntilServedAsync(tenant, ct, isShown: true).ConfigureAwait(false);
            ProofAnswer[] asked = [.. answers.Where(a => a.Said != ProofSaid.Unasked)];
            return (asked.Length == 0 ? null : asked.All(a => a.Said == ProofSaid.Served), [.. answers.Select(a => a.Words)]);
        }
        catch (OpsException e) { return (false, [e.Message.TrimEnd('.')]); }
        // It is let in: who stops now must not read that anything was taken back.
        catch (OperationCanceledException) { return (null, ["It was stopped before anybody was asked whether it is served"]); }
    }
}
