using System.Globalization;
using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>Lets a tenant in again that was suspended: everything that was taken away is as it was before.</summary>
internal sealed class ResumeTenant : ChangeKind
{
    public const string KindName = "tenant.resume";

    internal const string Tenant = "tenant", Suspension = "suspension", Begin = "begin", Lift = "lift-";

    private const string Round = "round";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) => TenantName.TargetOf(plan.Arguments[Tenant]);

    public override string WhenStopped(ChangePlan plan) => $"{plan.Action} of {plan.Target} was stopped; run it again for the rest.";

    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<PlanIdentity>>([SuspendTenant.Suspension(context, plan.Arguments[Tenant])]);

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        (string tenant, string change) = (run.Plan.Arguments[Tenant], run.Plan.Arguments[Suspension]);
        var store = new TenantStore(run.Context);
        KeptTenant? kept = store.Read(tenant);
        if (kept is not null && kept.Change != change)
            throw ChangeErrors.DriftDetected.Make($"Tenant {tenant} was suspended anew meanwhile, by {kept.Change}. Nothing was done.",
                $"Plan it anew: Resume-OpsTenant {tenant}.", tenant);
        // Whoever has suspended it once more since this was begun means it: what is newer holds.
        if (kept is not null && run.HasBegun(Begin) && kept.Round != RoundOf(run))
            throw ChangeErrors.DriftDetected.Make($"Tenant {tenant} was cut off once more since letting it in was begun. "
                + "It stays suspended.",
                $"Plan it anew: Resume-OpsTenant {tenant}.", tenant);
        await run.StepAsync(Begin, () =>
        {
            store.Doubt(tenant, change);
            return Task.CompletedTask;
        }, new Dictionary<string, string> { [Round] = (kept?.Round ?? 0).ToString(CultureInfo.InvariantCulture) }).ConfigureAwait(false);
        if (kept is not null)
        {
            await new LiftSteps(run, tenant, change, kept.Before, Lift).RunAsync(_ => true, cancellationToken).ConfigureAwait(false);
            await run.StepAsync(SuspendSteps.Forget, () =>
            {
                store.Remove(tenant, change);
                return Task.CompletedTask;
            }).ConfigureAwait(false);
        }
        (bool? isSeen, IReadOnlyList<string> words) = await LiftSteps.ProveAsync(run.Context, tenant,
            cancellationToken).ConfigureAwait(false);
        string said = $"Tenant {tenant} is let in again" + (isSeen is false ? $"; it was not seen served: {string.Join("; ", words)}" : "");
        return new ChangeResult(said, new TenantRecord
        {
            Tenant = tenant, Status = TenantStatus.Active, IsProven = isSeen, Proofs = words, Change = run.Id, Message = said,
        });
    }
    /// <summary>How often it had been cut off once more when this began; the journal of older versions does not say, and nobody counted
    /// then.</summary>
    private static int RoundOf(ChangeRun run) =>
        run.Data.TryGetValue(Round, out string? text) ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : 0;
}
