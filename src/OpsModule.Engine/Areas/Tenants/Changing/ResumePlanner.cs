using OpsModule.Engine.Areas.Tenants.Cutting;
using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>Plans to let a tenant in again.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class ResumePlanner(OpsContext context)
{
    /// <summary>Plans it; null where OpsModule has not suspended it.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="reason">Why, for the journal.</param>
    /// <param name="action">The cmdlet.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Foundations.Errors.OpsException"><c>TenantNotFound</c>, <c>TenantChangeUnderWay</c>,
    /// <c>TenantSettingsChanged</c>, <c>TenantStoreUnreadable</c>.</exception>
    public async Task<ChangePlan?> PlanAsync(string tenant, string? reason, string action, CancellationToken cancellationToken)
    {
        TenantName.Checked(tenant);
        IReadOnlyList<ITenantCut> cuts = TenantCuts.Of(context);
        if (new TenantStore(context).Read(tenant) is not { } kept)
        {
            if (TenantTrail.FindLost(context, tenant) is { } lost) throw TenantTrail.Lost(tenant, lost);
            // A name that was mistyped is told, and not taken for one that is served.
            foreach (ITenantCut cut in cuts.Where(c => c.IsLifted)) await cut.LookAsync(tenant, cancellationToken).ConfigureAwait(false);
            return null;
        }
        if (context.Journal.Find(kept.Change)?.Outcome is JournalOutcome.Unfinished or JournalOutcome.Running)
            throw TenantErrors.TenantChangeUnderWay.Make($"Suspending {tenant} ({kept.Change}) has not ended.",
                $"Take it back: Undo-OpsChange {kept.Change}.", tenant);
        CutNotes.CheckDeclared(kept.Before, tenant, cuts);
        var arguments = new Dictionary<string, string> { [ResumeTenant.Tenant] = tenant, [ResumeTenant.Suspension] = kept.Change };
        if (reason is not null) arguments["reason"] = reason;
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = ResumeTenant.KindName, Action = action, Target = TenantName.TargetOf(tenant),
            Summary = $"Let tenant {tenant} in again, which is suspended since {kept.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"
                + (kept.Reason is { } why ? $" ({why})" : ""),
            Arguments = arguments, Identities = [SuspendTenant.Suspension(context, tenant)], PlannedAt = context.Time.GetUtcNow(),
            Warnings = [.. cuts.Where(c => c.IsLifted).Select(c => CutNotes.Of(kept.Before, c) is { Count: > 0 } before
                ? c.ToldOfLifting(before) : null).OfType<string>()],
            Steps =
            [
                new PlannedStep(ResumeTenant.Begin, "Begin."),
                .. cuts.Reverse().Where(c => c.IsLifted).Select(c => new PlannedStep(ResumeTenant.Lift + c.Step,
                    $"Bring back as it was before: {c.WordsFor(tenant)}.")),
                new PlannedStep(SuspendSteps.Forget, "Forget the suspension, and see each instance serve the tenant."),
            ],
        };
    }
}
