using OpsModule.Engine.Areas.Tenants.Cutting;
using OpsModule.Engine.Areas.Tenants.Proving;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>Lets a tenant in again: what cut it off is brought back, the last one first.</summary>
/// <param name="run">The change.</param>
/// <param name="tenant">The tenant.</param>
/// <param name="notes">What was noted before it was cut off.</param>
/// <param name="prefix">What the steps begin with.</param>
internal sealed class LiftSteps(ChangeRun run, string tenant, IReadOnlyDictionary<string, string> notes, string prefix)
{
    /// <summary>Brings back what was begun.</summary>
    public async Task RunAsync(Func<ITenantCut, bool> isBegun, CancellationToken ct)
    {
        IReadOnlyList<ITenantCut> cuts = TenantCuts.Of(run.Context);
        CutNotes.CheckDeclared(notes, tenant, cuts);
        foreach (ITenantCut cut in cuts.Reverse().Where(c => c.IsLifted && isBegun(c)))
            if (CutNotes.Of(notes, cut) is { Count: > 0 } before)
                await run.StepAsync(prefix + cut.Step, () => cut.LiftAsync(run, tenant, before, ct)).ConfigureAwait(false);
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
            IReadOnlyList<ProofAnswer> answers = await prover.UntilServedAsync(tenant, ct).ConfigureAwait(false);
            return (answers.All(a => a.Said == ProofSaid.Served), [.. answers.Select(a => a.Words)]);
        }
        catch (OpsException e) { return (false, [e.Message.TrimEnd('.')]); }
    }
}
