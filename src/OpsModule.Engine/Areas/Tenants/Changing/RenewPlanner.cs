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
    /// <summary>
    /// Plans it; null where each instance refuses the tenant as it is, and nothing would let it in. Who suspends it anew without an end
    /// means that it has none: one that it had is taken away.
    /// </summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>TenantTokenInvalid</c>, <c>TenantSettingsChanged</c>.</exception>
    public async Task<ChangePlan?> PlanAsync(KeptTenant kept, SuspendOptions options, string action, CancellationToken cancellationToken)
    {
        string tenant = kept.Tenant;
        TenantSettings settings = context.Environment.Section<TenantSettings>();
        bool proves = !options.SkipProof && settings.Proofs.Count > 0;
        (bool cutsOff, IReadOnlyList<string> warnings) = await LookAsync(kept, proves, cancellationToken).ConfigureAwait(false);
        if (!cutsOff && kept.Until is null) return null;
        IReadOnlyList<ITenantCut> cuts = TenantCuts.Of(context);
        CutNotes.CheckDeclared(kept.Before, tenant, cuts);
        var arguments = new Dictionary<string, string>
        {
            [RenewSuspension.Tenant] = tenant, [RenewSuspension.Suspension] = kept.Change,
            [RenewSuspension.Cuts] = cutsOff ? "true" : "false", [RenewSuspension.Proof] = proves ? "true" : "false",
            [RenewSuspension.Holds] = kept.Until is null ? "false" : "true",
        };
        if (options.Reason is not null) arguments["reason"] = options.Reason;
        string since = $"which is suspended since {kept.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
        string held = kept.Until is { } end ? $"{tenant} was to be let in again at {end.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC; it stays "
            + "suspended until Resume-OpsTenant" : "";
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = RenewSuspension.KindName, Action = action,
            Target = TenantName.TargetOf(tenant), Arguments = arguments, PlannedAt = context.Time.GetUtcNow(),
            Summary = cutsOff ? $"Cut tenant {tenant} off once more, {since}{(kept.Until is null ? "" : ", and take its end away")}"
                : $"Take its end away from the suspension of tenant {tenant}, {since}",
            Identities = [SuspendTenant.Suspension(context, tenant)],
            Warnings = [.. warnings, .. kept.Until is null ? Array.Empty<string>() : [held + "."]],
            Steps =
            [
                new PlannedStep(RenewSuspension.Begin, kept.Until is null ? "Begin: what was seen of it counts no more."
                    : $"Begin: {held}."),
                .. cuts.Where(c => cutsOff && CutNotes.Of(kept.Before, c).Count > 0).Select(c => new PlannedStep(c.Step,
                    $"Once more: {c.WordsFor(tenant)}.")),
                .. cutsOff && proves ? [new PlannedStep(SuspendSteps.Proven, $"See each instance refuse {tenant} within "
                    + $"{DurationText.Show(settings.Within)} ({string.Join(", ", settings.Proofs.Select(p => p.Name))}).")]
                    : Array.Empty<PlannedStep>(),
            ],
        };
    }

    /// <summary>Whether it has to be cut off once more, and what was seen.</summary>
    private async Task<(bool CutsOff, IReadOnlyList<string> Warnings)> LookAsync(KeptTenant kept, bool proves, CancellationToken ct)
    {
        string[] begun = kept.IsLifting ? [$"Letting {kept.Tenant} in again was begun, and has not ended: it is cut off once more, and "
            + "what began to let it in counts no more."] : [];
        if (!proves) return (kept.IsLifting, begun);
        using var prover = new TenantProver(context);
        IReadOnlyList<ProofAnswer> answers = await prover.LookAsync(kept.Tenant, ct).ConfigureAwait(false);
        ProofAnswer[] bad = [.. answers.Where(a => a.Said != ProofSaid.Refused)];
        // What is asked by POST alone leaves something behind, and is asked when it is done.
        return (bad.Length > 0 || answers.Count == 0 || !kept.IsProven || kept.IsLifting, [.. begun, .. bad.Select(b => b.Words + ".")]);
    }
}
