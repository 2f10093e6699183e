using OpsModule.Engine.Areas.Tenants.Cutting;
using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Areas.Tenants.Proving;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>
/// Cuts a tenant off once more that is suspended already: an instance that came since knows nothing of it. How everything was before stays
/// as it was noted then, so that lifting brings that back.
/// </summary>
internal sealed class RenewSuspension : ChangeKind
{
    public const string KindName = "tenant.renew";

    internal const string Tenant = "tenant", Suspension = "suspension";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) => TenantName.TargetOf(plan.Arguments[Tenant]);

    public override string WhenStopped(ChangePlan plan) => $"{plan.Action} of {plan.Target} was stopped; the tenant is suspended as it "
        + "was. Run it again.";

    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<PlanIdentity>>([SuspendTenant.Suspension(context, plan.Arguments[Tenant])]);

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        (string tenant, string change) = (run.Plan.Arguments[Tenant], run.Plan.Arguments[Suspension]);
        var store = new TenantStore(run.Context);
        if (store.Read(tenant) is not { } kept || kept.Change != change) return new ChangeResult($"{tenant} was let in again meanwhile");
        IReadOnlyList<ITenantCut> cuts = TenantCuts.Of(run.Context);
        CutNotes.CheckDeclared(kept.Before, tenant, cuts);
        long start = run.Context.Time.GetTimestamp();
        foreach (ITenantCut cut in cuts)
            if (CutNotes.Of(kept.Before, cut) is { Count: > 0 } before)
                await run.StepAsync(cut.Step, () => cut.CutAsync(run, tenant, before, cancellationToken)).ConfigureAwait(false);
        await run.StepAsync(SuspendSteps.Proven, () => ProveAsync(run, store, kept, start, cancellationToken)).ConfigureAwait(false);
        string said = $"{tenant} is suspended still, and each instance was seen refusing it";
        return new ChangeResult(said, store.Read(tenant)?.ToRecord(TenantStatus.Suspended, said));
    }

    private static async Task ProveAsync(ChangeRun run, TenantStore store, KeptTenant kept, long start, CancellationToken ct)
    {
        using var prover = new TenantProver(run.Context) { IsSuspended = t => store.Read(t) is not null };
        string? others = await prover.OthersAsync(kept.Tenant, ct).ConfigureAwait(false);
        IReadOnlyList<ProofAnswer> answers = await prover.UntilRefusedAsync(kept.Tenant, ct).ConfigureAwait(false);
        ProofAnswer[] bad = [.. answers.Where(a => a.Said != ProofSaid.Refused)];
        store.Write(kept with
        {
            IsProven = bad.Length == 0, Proofs = [.. answers.Select(a => a.Words), .. others is null ? Array.Empty<string>() : [others]],
            Seconds = bad.Length == 0 ? Math.Round(run.Context.Time.GetElapsedTime(start).TotalSeconds, 2) : null,
        });
        if (bad.Length == 0) return;
        ErrorCode code = bad.Any(a => a.Said == ProofSaid.Served) ? TenantErrors.TenantStillServed : TenantErrors.TenantNotProven;
        throw code.Make($"Tenant {kept.Tenant} was cut off once more, and not every instance was seen refusing it: "
            + $"{string.Join("; ", bad.Select(a => a.Words))}. It stays suspended.",
            $"See what that instance keeps (a cache, its own configuration), then do it again: Suspend-OpsTenant {kept.Tenant}.",
            kept.Tenant);
    }
}
