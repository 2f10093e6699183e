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
        var names = new List<string>();
        foreach (string name in Names())
            if (await LockdownChanges.FindOpenAsync(context, name, DateTimeOffset.MaxValue, cancellationToken).ConfigureAwait(false)
                is { } open) said.Add(TakesBack(name, open.Id));
            else names.Add(name);
        foreach (string[] group in Groups(names))
            if (await PlanAsync(group, null, (name, e) => said.Add($"{name} cannot be rotated: {e.Message} {e.RecommendedAction}"),
                cancellationToken).ConfigureAwait(false) is { } plan)
                said.AddRange(plan.Warnings);
        return said;
    }

    public async Task<PartOutcome> RunAsync(ChangeRun run, LockdownOrder order, IReadOnlyList<string> open,
        CancellationToken cancellationToken)
    {
        var (left, failed) = (new List<string>(), new List<string>());
        var changes = new LockdownChanges(run);
        // One that fails keeps none of the others from being rotated.
        Task OrFailedAsync(string what, Func<Task> work) => OrTold.TryAsync(what, failed, work, cancellationToken);
        await OrFailedAsync("What a run before has begun", () => changes.GoOnAsync([RotateSecrets.KindName, RotateInPhases.KindName], left,
            cancellationToken)).ConfigureAwait(false);
        string[] all = Names();
        var names = new List<string>();
        foreach (string name in all)
            await OrFailedAsync(name, async () =>
            {
                await changes.TakeBackAsync(name, all, left, cancellationToken).ConfigureAwait(false);
                if (!changes.IsReplaced(name) && !await changes.WaitsAsync(name, left, cancellationToken).ConfigureAwait(false))
                    names.Add(name);
            }).ConfigureAwait(false);
        foreach (string[] group in Groups(names))
            await OrFailedAsync(string.Join(", ", group), async () =>
            {
                // Only now: a rotation before this one may have written the same file.
                if (await PlanAsync(group, order, (name, e) => failed.Add($"{name}: {e.Message} {e.RecommendedAction}"), cancellationToken)
                    .ConfigureAwait(false) is { } plan)
                    await changes.RunAsync(plan, left, cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
        foreach (string name in all) changes.Tell(name, left);
        // The part stays open, so that going on with the lockdown rotates these as well.
        if (failed.Count > 0)
            throw LockdownErrors.SecretsNotRotated.Make($"Not rotated: {string.Join("; ", failed)}",
                "Mend what it says, then go on with the lockdown.", context.Environment.Name);
        return new PartOutcome($"rotation of {string.Join(", ", _settings.Secrets)}{(changes.Latest is { } id ? $" ({id})" : "")}",
            [.. left.Distinct()]);
    }

    /// <summary>What signs tokens is replaced by itself, at once; the others together, so that services are replaced once.</summary>
    private IEnumerable<string[]> Groups(IReadOnlyList<string> names)
    {
        IReadOnlyList<string> phased = new PhasePlanner(context).Choose(names);
        foreach (string name in phased) yield return [name];
        if (names.Except(phased).ToArray() is { Length: > 0 } others) yield return others;
    }

    private async Task<ChangePlan?> PlanAsync(string[] group, LockdownOrder? order, Action<string, OpsException> failed, CancellationToken ct)
    {
        var phases = new PhasePlanner(context);
        if (phases.Choose(group).Count == 0)
            return await new RotationPlanner(context).PlanAsync(group, Options(order), failed, ct).ConfigureAwait(false);
        try { return await phases.PlanAsync(group[0], Options(order), ct).ConfigureAwait(false); }
        catch (OpsException e)
        {
            failed(group[0], e);
            return null;
        }
    }

    /// <summary>What is done of a rotation that has no end, in a sentence for the plan.</summary>
    internal static string TakesBack(string name, string change) => $"{name}: its rotation {change}, which has no end, is taken back, and "
        + "the value is replaced at once.";

    private string[] Names() => [.. new SecretCatalog(context).Choose(_settings.Secrets, e => throw e)];

    /// <summary>Without an overlap, whatever is declared: who has the old value is whom all this is for.</summary>
    internal static RotationOptions Options(LockdownOrder? order) => new()
    {
        Action = Action, Reason = order?.Reason, OverlapFor = TimeSpan.Zero,
    };
}
