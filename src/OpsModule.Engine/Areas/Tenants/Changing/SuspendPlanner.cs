using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Areas.Tenants.Contract;
using OpsModule.Engine.Areas.Tenants.Cutting;
using OpsModule.Engine.Areas.Tenants.Keeping;
using OpsModule.Engine.Areas.Tenants.Proving;
using OpsModule.Engine.Areas.Tenants.Timing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Tenants.Changing;

/// <summary>Plans the suspension of a tenant.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class SuspendPlanner(OpsContext context)
{
    private readonly TenantSettings _settings = context.Environment.Section<TenantSettings>();

    /// <summary>
    /// Plans it. Of one that is suspended already it is asked whether each instance refuses it still: null where they do, or nobody can be
    /// asked, else a plan that cuts it off once more. Where it was suspended for a time, the plan takes that end away.
    /// </summary>
    /// <param name="tenant">The tenant's name, as the application has it.</param>
    /// <param name="options">How.</param>
    /// <param name="action">The cmdlet.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Foundations.Errors.OpsException">What forbids it, with the remedy.</exception>
    public async Task<ChangePlan?> PlanAsync(string tenant, SuspendOptions options, string action, CancellationToken cancellationToken)
    {
        TenantName.Checked(tenant);
        IReadOnlyList<ITenantCut> cuts = TenantCuts.Of(context);
        if (new TenantStore(context).Read(tenant) is { } kept)
        {
            Refuse(kept, options);
            return await new RenewPlanner(context).PlanAsync(kept, options, action, cancellationToken).ConfigureAwait(false);
        }
        CheckName(tenant);
        // How it is now would be noted as how it was before, and come back as that.
        if (TenantTrail.FindLost(context, tenant) is { } lost) throw TenantTrail.Lost(tenant, lost);
        var looks = new List<CutLook>();
        foreach (ITenantCut cut in cuts) looks.Add(await cut.LookAsync(tenant, cancellationToken).ConfigureAwait(false));
        (ScheduleRecord? runner, string? late) = options.For is { } time ? LiftRunner.Find(context, tenant, time) : (null, null);
        var store = new TenantStore(context);
        using var prover = new TenantProver(context) { IsSuspended = t => store.Read(t) is not null };
        bool proves = !options.SkipProof && prover.Any;
        if (proves)
        {
            prover.CheckTokens(tenant);
            await prover.ControlByReadingAsync(tenant, cancellationToken).ConfigureAwait(false);
        }
        var order = new SuspendOrder { Tenant = tenant, Reason = options.Reason, For = options.For, Runner = runner?.Name,
            Proves = proves };
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = SuspendTenant.KindName, Action = action, Target = TenantName.TargetOf(tenant),
            Summary = $"Suspend tenant {tenant}{(options.For is { } span ? $" for {DurationText.Show(span)}" : "")}",
            Arguments = order.Write(), Steps = [.. Steps(tenant, cuts, order, runner)],
            Identities = SuspendTenant.Identities(context, tenant, looks), PlannedAt = context.Time.GetUtcNow(),
            Warnings = [.. looks.SelectMany(l => l.Warnings), .. Warnings(options, runner),
                .. late is null ? Array.Empty<string>() : [late]],
            Figures = [.. looks.SelectMany(l => l.Figures)],
            Undo = "Resume-OpsTenant, or Undo-OpsChange, brings back what was taken away; sessions and keys of caches come again by "
                + "themselves",
        };
    }

    private IEnumerable<PlannedStep> Steps(string tenant, IReadOnlyList<ITenantCut> cuts, SuspendOrder order, ScheduleRecord? runner)
    {
        string proofs = string.Join(", ", _settings.Proofs.Select(p => p.Name));
        string others = _settings.Others.Count == 0 ? "nobody else, as none is declared," : string.Join(", ", _settings.Others);
        if (order.Proves) yield return new PlannedStep(SuspendSteps.Control, $"See that each instance serves {tenant} as it is: {proofs}.");
        yield return new PlannedStep(SuspendSteps.Note, "Keep in the state folder how everything is, so that it comes back exactly.");
        foreach (ITenantCut cut in cuts) yield return new PlannedStep(cut.Step, Sentence(cut.WordsFor(tenant)));
        if (order.Proves)
            yield return new PlannedStep(SuspendSteps.Proven, $"See each instance refuse {tenant} within "
                + $"{DurationText.Show(_settings.Within)} "
                + $"({proofs}), and serve {others} as before.");
        if (runner is not null)
            yield return new PlannedStep("end", $"Wait for {DurationText.Show(order.For!.Value)}; the schedule's entry {runner.Name} "
                + $"({runner.At}) lets {tenant} in again.");
    }

    private IEnumerable<string> Warnings(SuspendOptions options, ScheduleRecord? runner)
    {
        if (options.SkipProof) yield return "Nothing is proven: -SkipProof. Whether an instance serves the tenant still will not be known.";
        else if (_settings.Proofs.Count == 0) yield return "Nothing is proven: tenants.proof declares no request.";
        else
        {
            foreach (TenantProof proof in _settings.Proofs.Where(p => !p.IsOfEachInstance))
                yield return $"The proof '{proof.Name}' asks whatever answers at "
                    + $"{new Uri(TenantName.In(proof.Request, "t")).Authority}: an "
                    + "instance behind it that serves still is not found.";
            if (_settings.Others.Count == 0) yield return "Nothing tells whether other tenants are served as before: tenants.others "
                + "names none.";
        }
        if (runner is { LastSuccess: null })
            yield return $"The schedule's entry {runner.Name}, which is to lift it, was never seen to run.";
    }

    private static string Sentence(string words) => char.ToUpperInvariant(words[0]) + words[1..] + ".";

    private void CheckName(string tenant)
    {
        if (_settings.Names.Count == 0 || _settings.Names.Contains(tenant, StringComparer.Ordinal)) return;
        string near = NearestName.Of(tenant, _settings.Names) is { } other ? $"Did you mean {other}?"
            : $"There are: {string.Join(", ", _settings.Names)}.";
        throw TenantErrors.TenantNotFound.Make($"tenants.names has no {tenant}. {near}", "Name one of them, or add it.", tenant);
    }

    /// <summary>Refuses what would leave somebody with less than he asked for.</summary>
    private void Refuse(KeptTenant kept, SuspendOptions options)
    {
        JournalEntry? entry = context.Journal.Find(kept.Change);
        if (entry?.Outcome is JournalOutcome.Unfinished or JournalOutcome.Running)
            throw TenantErrors.TenantChangeUnderWay.Make($"Suspending {kept.Tenant} ({kept.Change}) has not ended.",
                $"Go on with it (Resume-OpsChange {kept.Change}), or let the tenant in again (Undo-OpsChange {kept.Change}).", kept.Tenant);
        if (options.For is not null)
            throw TenantErrors.TenantSuspendedAlready.Make($"{kept.Tenant} is suspended already, "
                + $"{(kept.Until is { } until ? $"until {until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC" : "until it is lifted")}; -For "
                + $"was not applied.",
                $"Let it in again first (Resume-OpsTenant {kept.Tenant}), or leave it as it is.", kept.Tenant);
    }
}
