using OpsModule.Engine.Areas.Tenants.Cutting;
using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>
/// Cuts a tenant off by all that the environment file declares, and sees each instance refuse it. What fails on the way is taken back; what
/// is cut off and not seen refused stays cut off, and the change open.
/// </summary>
internal sealed class SuspendTenant : ChangeKind
{
    public const string KindName = TenantTrail.Suspends;

    public override string Name => KindName;

    /// <summary>Where taking back has failed, too, the rest is taken back by Undo-OpsChange.</summary>
    public override bool UndoesFailed => true;

    public override string TargetOf(ChangePlan plan) => TenantName.TargetOf(SuspendOrder.Read(plan).Tenant);

    public override string WhenStopped(ChangePlan plan) => $"{plan.Action} of {plan.Target} was stopped, and what it had done was "
        + $"taken back.";

    public override string WhenLeftOpen(OpsContext context, ChangePlan plan, string change) =>
        $"{plan.Action} of {plan.Target} was stopped when the tenant was cut off, and before each instance was seen "
        + $"refusing it. It stays cut off: Resume-OpsChange {change} proves "
        + $"it, and Undo-OpsChange {change} lets the tenant in again.";

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        string tenant = SuspendOrder.Read(plan).Tenant;
        var looks = new List<CutLook>();
        foreach (ITenantCut cut in TenantCuts.Of(context)) looks.Add(await cut.LookAsync(tenant, cancellationToken).ConfigureAwait(false));
        return Identities(context, tenant, looks);
    }

    /// <summary>What must still be so when it begins.</summary>
    internal static IReadOnlyList<PlanIdentity> Identities(OpsContext context, string tenant, IEnumerable<CutLook> looks) =>
    [
        .. looks.SelectMany(l => l.Identities).DistinctBy(i => i.Name),
        Suspension(context, tenant),
        new("what tenants.suspend declares", string.Join("; ", TenantCuts.Of(context).Select(c => $"{c.Step}: {c.WhatFor(tenant)}"))),
    ];

    /// <summary>The suspension that a tenant has.</summary>
    internal static PlanIdentity Suspension(OpsContext context, string tenant) =>
        new($"suspension of tenant {tenant}", new TenantStore(context).Read(tenant)?.Change ?? "none");

    public override Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken) =>
        new SuspendSteps(run, SuspendOrder.Read(run.Plan)).RunAsync(cancellationToken);

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        string tenant = SuspendOrder.Read(run.Plan).Tenant;
        var store = new TenantStore(run.Context);
        if (run.Data.GetValueOrDefault(SuspendSteps.Own) is { } lost && TenantTrail.FindLost(run.Context, tenant) is { } entry
            && entry.Id == lost) throw TenantTrail.Lost(tenant, entry);
        if (run.Data.GetValueOrDefault(SuspendSteps.Own) is not { } own || store.Read(tenant) is not { } kept || kept.Change != own)
            return new ChangeResult($"Tenant {tenant} was not suspended by it, or is let in again already");
        store.Doubt(tenant, own);
        await new LiftSteps(run, tenant, own, kept.Before, "lift-").RunAsync(c => run.HasBegun(c.Step), cancellationToken)
            .ConfigureAwait(false);
        await run.StepAsync(SuspendSteps.Forget, () =>
        {
            store.Remove(tenant, own);
            return Task.CompletedTask;
        }).ConfigureAwait(false);
        return new ChangeResult($"Tenant {tenant} is let in again");
    }
}
