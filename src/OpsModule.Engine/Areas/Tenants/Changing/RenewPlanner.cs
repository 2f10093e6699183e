using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Areas.Tenants.Cutting;
using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Areas.Tenants.Proving;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>Plans to cut a tenant off once more, where somebody serves it although it is suspended.</summary>
/// <param name="context">The environment and what goes with it.</param>
internal sealed class RenewPlanner(OpsContext context)
{
    /// <summary>Plans it; null where each instance refuses the tenant as it is.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>TenantTokenInvalid</c>, <c>TenantSettingsChanged</c>.</exception>
    public async Task<ChangePlan?> PlanAsync(KeptTenant kept, string? reason, string action, CancellationToken cancellationToken)
    {
        string tenant = kept.Tenant;
        using var prover = new TenantProver(context);
        IReadOnlyList<ProofAnswer> answers = await prover.LookAsync(tenant, cancellationToken).ConfigureAwait(false);
        ProofAnswer[] bad = [.. answers.Where(a => a.Said != ProofSaid.Refused)];
        // What is asked by POST alone leaves something behind, and is asked when it is done.
        if (bad.Length == 0 && answers.Count > 0 && kept.IsProven) return null;
        IReadOnlyList<ITenantCut> cuts = TenantCuts.Of(context);
        CutNotes.CheckDeclared(kept.Before, tenant, cuts);
        TenantSettings settings = context.Environment.Section<TenantSettings>();
        var arguments = new Dictionary<string, string>
        {
            [RenewSuspension.Tenant] = tenant, [RenewSuspension.Suspension] = kept.Change,
        };
        if (reason is not null) arguments["reason"] = reason;
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = RenewSuspension.KindName, Action = action,
            Target = TenantName.TargetOf(tenant), Arguments = arguments, PlannedAt = context.Time.GetUtcNow(),
            Summary = $"Cut tenant {tenant} off once more, which is suspended since {kept.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC",
            Identities = [SuspendTenant.Suspension(context, tenant)], Warnings = [.. bad.Select(b => b.Words + ".")],
            Steps =
            [
                .. cuts.Where(c => CutNotes.Of(kept.Before, c).Count > 0).Select(c => new PlannedStep(c.Step,
                    $"Once more: {c.WordsFor(tenant)}.")),
                new PlannedStep(SuspendSteps.Proven, $"See each instance refuse {tenant} within {DurationText.Show(settings.Within)} "
                    + $"({string.Join(", ", settings.Proofs.Select(p => p.Name))})."),
            ],
        };
    }
}
