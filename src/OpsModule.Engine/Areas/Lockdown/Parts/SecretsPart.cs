using OpsModule.Engine.Areas.Lockdown.Settings;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
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
        ChangePlan? plan = await new RotationPlanner(context).PlanAsync(Names(), Options(null), (name, e) =>
            said.Add($"{name} cannot be rotated: {e.Message} {e.RecommendedAction}"), cancellationToken).ConfigureAwait(false);
        return [.. said, .. plan?.Warnings ?? []];
    }

    public async Task<PartOutcome> RunAsync(ChangeRun run, LockdownOrder order, IReadOnlyList<string> open,
        CancellationToken cancellationToken)
    {
        var (left, failed) = (new List<string>(), new List<string>());
        var runner = new ChangeRunner(context);
        await GoOnAsync(runner, left, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> names = await NotYetAsync(run, left, cancellationToken).ConfigureAwait(false);
        ChangePlan? plan = names.Count == 0 ? null : await new RotationPlanner(context).PlanAsync(names, Options(order), (name, e) =>
            failed.Add($"{name}: {e.Message} {e.RecommendedAction}"), cancellationToken).ConfigureAwait(false);
        if (plan is not null && await runner.RunAsync(plan,
            cancellationToken).ConfigureAwait(false) is null) left.Add(Waits(runner.Latest));
        // The others are rotated; the part stays open, so that going on with the lockdown rotates these as well.
        if (failed.Count > 0)
            throw LockdownErrors.SecretsNotRotated.Make($"Not rotated: {string.Join("; ", failed)}",
                "Mend what it says, then go on with the lockdown.", context.Environment.Name);
        return new PartOutcome($"rotation of {string.Join(", ", _settings.Secrets)}{(runner.Latest is { } id ? $" ({id})" : "")}",
            [.. left.Distinct()]);
    }

    /// <summary>A rotation of an earlier run of this, which was killed, is brought to its end; another one would be refused
    /// meanwhile.</summary>
    private async Task GoOnAsync(ChangeRunner runner, List<string> left, CancellationToken ct)
    {
        foreach (UnfinishedChange change in context.Journal.FindUnfinished().Where(u => u.Action == Action && !u.IsPart
            && u.Data.GetValueOrDefault(PlanTrace.Kind) == RotateSecrets.KindName))
            if (context.Journal.Find(change.Id) is { Outcome: JournalOutcome.Unfinished or JournalOutcome.Waiting } entry
                && await runner.ResumeAsync(entry, ct).ConfigureAwait(false) is null)
                left.Add(Waits(change.Id));
    }

    /// <summary>Those that were not rotated since the lockdown began. One whose rotation waits cannot be rotated meanwhile, and is
    /// told.</summary>
    private async Task<IReadOnlyList<string>> NotYetAsync(ChangeRun run, List<string> left, CancellationToken ct)
    {
        DateTimeOffset began = context.Journal.Find(run.Id)?.StartedAt ?? context.Time.GetUtcNow();
        IReadOnlyList<SecretRecord> records = await new SecretCatalog(context).ListAsync(Names(), reads: false, ct).ConfigureAwait(false);
        foreach (SecretRecord waiting in records.Where(r => r.Status == SecretStatus.Waiting))
            left.Add($"{waiting.Name}: an old value counts still. {waiting.Message.TrimEnd('.')}. Resume-OpsChange -Due goes on with it.");
        return [.. records.Where(r => (r.LastFinished is not { } last || last < began) && r.Status != SecretStatus.Waiting).Select(r =>
            r.Name)];
    }

    private string[] Names() => [.. new SecretCatalog(context).Choose(_settings.Secrets, e => throw e)];

    private static RotationOptions Options(LockdownOrder? order) => new() { Action = Action, Reason = order?.Reason, OverlapFor = null };

    private static string Waits(string? id) => $"The rotation {id} waits: an old value counts still. Get-OpsChange {id} says for what; "
        + "Resume-OpsChange -Due goes on with it.";
}
