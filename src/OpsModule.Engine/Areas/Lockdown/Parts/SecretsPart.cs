using OpsModule.Engine.Areas.Lockdown.Settings;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>The secrets that sessions are made with are rotated, by a rotation of its own in the journal.</summary>
internal sealed class SecretsPart(OpsContext context) : ILockdownPart
{
    internal const string Action = "Invoke-OpsSecurityLockdown";

    private readonly LockdownSettings _settings = context.Environment.Section<LockdownSettings>();

    public LockdownPart Part => LockdownPart.Secrets;

    public string? Words => _settings.Secrets.Count == 0 ? null : $"rotate {string.Join(", ", _settings.Secrets)}";

    public async Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken)
    {
        var said = new List<string>();
        foreach (ChangePlan plan in await PlanAsync(Names(), null, (name, e) =>
            said.Add($"{name} cannot be rotated: {e.Message} {e.RecommendedAction}"), cancellationToken).ConfigureAwait(false))
            said.AddRange(plan.Warnings);
        return said;
    }

    public async Task<PartOutcome> RunAsync(ChangeRun run, LockdownOrder order, IReadOnlyList<string> open,
        CancellationToken cancellationToken)
    {
        var (left, failed) = (new List<string>(), new List<string>());
        var changes = new LockdownChanges(run);
        await changes.GoOnAsync([RotateSecrets.KindName, RotateInPhases.KindName], left, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> names = await NotYetAsync(changes, left, cancellationToken).ConfigureAwait(false);
        foreach (ChangePlan plan in await PlanAsync(names, order, (name, e) => failed.Add($"{name}: {e.Message} {e.RecommendedAction}"),
            cancellationToken).ConfigureAwait(false))
        {
            try { await changes.RunAsync(plan, left, cancellationToken).ConfigureAwait(false); }
            // One that fails keeps none of the others from being rotated.
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                failed.Add($"{plan.Summary}: {e.Message} {(e as OpsException)?.RecommendedAction}".TrimEnd());
            }
        }
        // The part stays open, so that going on with the lockdown rotates these as well.
        if (failed.Count > 0)
            throw LockdownErrors.SecretsNotRotated.Make($"Not rotated: {string.Join("; ", failed)}",
                "Mend what it says, then go on with the lockdown.", context.Environment.Name);
        return new PartOutcome($"rotation of {string.Join(", ", _settings.Secrets)}{(changes.Latest is { } id ? $" ({id})" : "")}",
            [.. left.Distinct()]);
    }

    /// <summary>What signs tokens is replaced by itself, at once; the others together, so that services are replaced once.</summary>
    private async Task<IReadOnlyList<ChangePlan>> PlanAsync(IReadOnlyList<string> names, LockdownOrder? order,
        Action<string, OpsException> failed, CancellationToken ct)
    {
        var plans = new List<ChangePlan>();
        var phases = new PhasePlanner(context);
        IReadOnlyList<string> phased = phases.Choose(names);
        foreach (string name in phased)
        {
            try { plans.Add(await phases.PlanAsync(name, Options(order), ct).ConfigureAwait(false)); }
            catch (OpsException e) { failed(name, e); }
        }
        string[] others = [.. names.Except(phased)];
        if (others.Length == 0) return plans;
        ChangePlan? plan = await new RotationPlanner(context).PlanAsync(others, Options(order), failed, ct).ConfigureAwait(false);
        if (plan is not null) plans.Add(plan);
        return plans;
    }

    /// <summary>Those that were not rotated since the lockdown began. One whose rotation waits cannot be rotated meanwhile, and is
    /// told.</summary>
    private async Task<IReadOnlyList<string>> NotYetAsync(LockdownChanges changes, List<string> left, CancellationToken ct)
    {
        IReadOnlyList<SecretRecord> records = await new SecretCatalog(context).ListAsync(Names(), reads: false, ct).ConfigureAwait(false);
        foreach (SecretRecord waiting in records.Where(r => r.Status == SecretStatus.Waiting))
            left.Add($"{waiting.Name}: an old value counts still. {waiting.Message.TrimEnd('.')}. Resume-OpsChange -Due goes on with it.");
        return [.. records.Where(r => (r.LastFinished is not { } last || last < changes.Began) && r.Status != SecretStatus.Waiting)
            .Select(r => r.Name)];
    }

    private string[] Names() => [.. new SecretCatalog(context).Choose(_settings.Secrets, e => throw e)];

    /// <summary>Without an overlap, whatever is declared: who has the old value is whom all this is for.</summary>
    internal static RotationOptions Options(LockdownOrder? order) => new()
    {
        Action = Action, Reason = order?.Reason, OverlapFor = TimeSpan.Zero,
    };
}
