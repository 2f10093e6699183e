using OpsModule.Engine.Areas.Tenants.Cutting;
using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Areas.Tenants.Proving;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>
/// Cuts a tenant off once more that is suspended already: an instance that came since knows nothing of it. How everything was before stays
/// as it was noted then, so that lifting brings that back.
/// </summary>
internal sealed class RenewSuspension : ChangeKind
{
    public const string KindName = "tenant.renew";

    internal const string Tenant = "tenant", Suspension = "suspension", Begin = "begin", Cuts = "cuts", Proof = "proof", Holds = "holds";

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
        bool cutsOff = Is(run.Plan, Cuts, true), proves = cutsOff && Is(run.Plan, Proof, true), holds = Is(run.Plan, Holds, false);
        var store = new TenantStore(run.Context);
        if (store.Read(tenant) is not { } kept || kept.Change != change) return new ChangeResult($"{tenant} was let in again meanwhile");
        // What is newer holds, and nothing is mixed.
        if (run.IsDone(Begin) && kept.IsLifting) return new ChangeResult($"Letting {tenant} in again was begun meanwhile; it was left so");
        IReadOnlyList<ITenantCut> cuts = TenantCuts.Of(run.Context);
        CutNotes.CheckDeclared(kept.Before, tenant, cuts);
        await run.StepAsync(Begin, () =>
        {
            store.Change(tenant, change, k => Begun(run.Plan, k, cutsOff, holds));
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        long start = run.Context.Time.GetTimestamp();
        if (cutsOff)
            foreach (ITenantCut cut in cuts)
                if (CutNotes.Of(kept.Before, cut) is { Count: > 0 } before)
                    await run.StepAsync(cut.Step, () => cut.CutAsync(run, tenant, before, cancellationToken)).ConfigureAwait(false);
        if (proves)
            await run.StepAsync(SuspendSteps.Proven, () => ProveAsync(run, store, tenant, change, start, cancellationToken))
                .ConfigureAwait(false);
        string said = $"{tenant} is suspended still" + (proves ? ", and each instance was seen refusing it"
            : store.Read(tenant) is { IsProven: true } ? "" : "; nobody has seen that each instance refuses it")
            + (holds ? ", and it has no end any more: until Resume-OpsTenant" : "");
        return new ChangeResult(said, store.Read(tenant)?.ToRecord(TenantStatus.Suspended, said));
    }

    private static bool Is(ChangePlan plan, string argument, bool otherwise) => plan.Arguments.GetValueOrDefault(argument) switch
    {
        null => otherwise,
        "true" => true,
        "false" => false,
        var other => throw new FormatException($"'{other}' is no truth."),
    };

    /// <summary>
    /// From here on what was proven counts no more, and neither does what began to let the tenant in: all of it is cut off once more, and
    /// has to be lifted anew.
    /// </summary>
    private static KeptTenant Begun(ChangePlan plan, KeptTenant kept, bool cutsOff, bool holds)
    {
        if (holds) kept = kept with { Until = null, Runner = null, Held = kept.Until ?? kept.Held };
        if (plan.Arguments.GetValueOrDefault("reason") is { } reason) kept = kept with { Reason = reason };
        return !cutsOff ? kept : kept with
        {
            Round = kept.Round + 1, IsLifting = false, Lifted = [], IsProven = false, Seconds = null, Late = null,
            Proofs = plan.Warnings.Count == 0 ? ["It is being cut off once more, and was not seen refused since"]
                : [.. plan.Warnings.Select(w => w.TrimEnd('.'))],
        };
    }

    private static async Task ProveAsync(ChangeRun run, TenantStore store, string tenant, string change, long start, CancellationToken ct)
    {
        using var prover = new TenantProver(run.Context) { IsSuspended = t => store.Read(t) is not null };
        ProofRound round = await prover.RoundAsync(tenant, ct).ConfigureAwait(false);
        bool isProven = round.Bad.Count == 0 && round.Answers.Count > 0;
        store.Change(tenant, change, k => TenantPace.Judge(run.Context, k with
        {
            IsProven = isProven, Proofs = round.Words,
        }, run.Context.Time.GetElapsedTime(start, round.SeenAt).TotalSeconds));
        if (isProven) return;
        throw round.Code.Make($"Tenant {tenant} was cut off once more, and not every instance was seen refusing it: "
            + $"{string.Join("; ", round.Bad.Select(a => a.Words))}. It stays suspended.",
            $"See what that instance keeps (a cache, its own configuration), then do it again: Suspend-OpsTenant {tenant}.", tenant);
    }
}
