using System.Globalization;
using OpsModule.Engine.Areas.Keys;
using OpsModule.Engine.Areas.Keys.Changing;
using OpsModule.Engine.Areas.Lockdown.Settings;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Areas.Tenants.Cutting;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>
/// All API keys are revoked, at once but for the one that our own services have: that one is replaced, and revoked with the rest. What
/// cannot be replaced is revoked all the same.
/// </summary>
internal sealed class KeysPart(OpsContext context) : ILockdownPart
{
    private readonly LockdownSettings _settings = context.Environment.Section<LockdownSettings>();

    public LockdownPart Part => LockdownPart.Keys;

    public string? Words => _settings.Keys ? "revoke all API keys" : null;

    public async Task<IReadOnlyList<string>> CheckAsync(CancellationToken cancellationToken)
    {
        var (said, failed) = (new List<string>(), new List<string>());
        foreach (SecretEntry entry in LockdownKeys.All(context))
            await OrTold.TryAsync(entry.Name, failed, async () =>
            {
                if (entry.Uses.Count > 0 && await LockdownChanges.FindOpenAsync(context, entry.Name, DateTimeOffset.MaxValue,
                    cancellationToken).ConfigureAwait(false) is { } open)
                    said.Add(SecretsPart.TakesBack(entry.Name, open.Id));
                else if (entry.IsPhased) said.AddRange((await PhasedAsync(entry, null, cancellationToken).ConfigureAwait(false)).Warnings);
                else if ((await LockdownKeys.ValidAsync(context, entry, null, [], cancellationToken).ConfigureAwait(false)).Count is > 0
                    and var count)
                    said.Add(string.Create(CultureInfo.InvariantCulture,
                        $"{count} keys of {entry.Name} will be refused, whoever has them."));
            }, cancellationToken).ConfigureAwait(false);
        return [.. said, .. failed.Select(f => $"Keys will stay open: {f}")];
    }

    public async Task<PartOutcome> RunAsync(ChangeRun run, LockdownOrder order, IReadOnlyList<string> open,
        CancellationToken cancellationToken)
    {
        var (done, left, failed) = (new List<string>(), new List<string>(), new List<string>());
        var changes = new LockdownChanges(run);
        // A tenant that is let in later must not bring its keys back; one that is let in before this has keys that are valid, and found.
        foreach (SecretEntry entry in LockdownKeys.All(context))
            await OrTold.TryAsync(entry.Name, failed, () =>
            {
                if (KeyCut.Strike(context, entry.Name, run.Plan.Action, (tenant, e) => failed.Add(
                    $"{entry.Name}, keys of the tenant {tenant}: {e.Message} {e.RecommendedAction}")) is { Count: > 0 } tenants)
                    done.Add($"keys of {entry.Name} of {string.Join(", ", tenants)} stay revoked when the suspension ends");
                return Task.CompletedTask;
            }, cancellationToken).ConfigureAwait(false);
        foreach (SecretEntry entry in LockdownKeys.All(context))
            await OrTold.TryAsync(entry.Name, failed, () => entry.IsPhased
                ? ReplaceListAsync(changes, entry, order, done, left, cancellationToken)
                : RevokeAsync(run, changes, entry, order, done, left, failed, cancellationToken), cancellationToken).ConfigureAwait(false);
        await OrTold.TryAsync(null, failed, () => changes.GoOnAsync([RevokeKeys.KindName], left, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        if (failed.Count > 0)
            throw LockdownErrors.KeysNotRevoked.Make(string.Join("; ", failed.Distinct())
                + (done.Count > 0 ? $" Done: {string.Join("; ", done)}." : ""),
                "Mend what it says, then go on with the lockdown.", context.Environment.Name);
        return new PartOutcome(done.Count == 0 ? "no key was valid" : string.Join("; ", done), [.. left.Distinct()]);
    }

    /// <summary>A list in a variable: one new key takes the place of all.</summary>
    private async Task ReplaceListAsync(LockdownChanges changes, SecretEntry entry, LockdownOrder order, List<string> done,
        List<string> left, CancellationToken ct)
    {
        await changes.GoOnAsync([RotateInPhases.KindName], left, ct).ConfigureAwait(false);
        if (!changes.IsReplaced(entry.Name) && !await changes.WaitsAsync(entry.Name, left, ct).ConfigureAwait(false))
        {
            await changes.TakeBackAsync(entry.Name, Meant(), left, ct).ConfigureAwait(false);
            await changes.RunAsync(await PhasedAsync(entry, order, ct).ConfigureAwait(false), left, ct).ConfigureAwait(false);
        }
        changes.Tell(entry.Name, left);
        done.Add($"the list {entry.Name} has a new key alone");
    }

    private async Task RevokeAsync(ChangeRun run, LockdownChanges changes, SecretEntry entry, LockdownOrder order, List<string> done,
        List<string> left, List<string> failed, CancellationToken ct)
    {
        ChangePlan? rotation = null;
        string? own = null;
        if (entry.Uses.Count > 0 && !changes.IsReplaced(entry.Name))
            await OrTold.TryAsync(entry.Name, failed, async () =>
            {
                await changes.GoOnAsync([RotateSecrets.KindName], left, ct).ConfigureAwait(false);
                if (changes.IsReplaced(entry.Name) || await changes.WaitsAsync(entry.Name, left, ct).ConfigureAwait(false)) return;
                await changes.TakeBackAsync(entry.Name, Meant(), left, ct).ConfigureAwait(false);
                rotation = await new RotationPlanner(context).PlanAsync([entry.Name], SecretsPart.Options(order), ct).ConfigureAwait(false);
                own = Flat(rotation).SelectMany(p => p.Identities).FirstOrDefault(i => i.Name
                    == ApiKeySecretDriver.OldKey(entry.Name))?.Value;
            }, ct).ConfigureAwait(false);
        int count = 0;
        async Task RestAsync(string[] but) => count += await RevokeAsync(run, changes, entry, order, but, ct).ConfigureAwait(false);
        // Those of others at once: replacing services takes its time. One that stays valid does not keep our own from being replaced.
        if (rotation is not null && own is not null)
            await OrTold.TryAsync(entry.Name, failed, () => RestAsync([own]), ct).ConfigureAwait(false);
        if (rotation is not null)
            await OrTold.TryAsync(entry.Name, failed, () => changes.RunAsync(rotation, [], ct), ct).ConfigureAwait(false);
        await RestAsync([]).ConfigureAwait(false);
        // With its old key refused it waits for no log any more that would tell who uses it.
        if (rotation is not null)
            await OrTold.TryAsync(entry.Name, failed, () => changes.WaitsAsync(entry.Name, left, ct), ct).ConfigureAwait(false);
        changes.Tell(entry.Name, left);
        done.Add(string.Create(CultureInfo.InvariantCulture, $"{count} keys of {entry.Name} revoked")
            + (rotation is null ? "" : ", the one of our services replaced"));
    }

    /// <summary>Revokes all that are valid, but for those that this lockdown has made, and these.</summary>
    private async Task<int> RevokeAsync(ChangeRun run, LockdownChanges changes, SecretEntry entry, LockdownOrder order,
        IReadOnlyList<string> but, CancellationToken ct)
    {
        string[] spared = [.. but, .. LockdownKeys.New(context, entry, changes)];
        IReadOnlyList<string> ids = await LockdownKeys.ValidAsync(context, entry, run.Id, spared, ct).ConfigureAwait(false);
        if (ids.Count == 0) return 0;
        ChangePlan? plan = await new ApiKeyPlanner(context).PlanRevokeAsync(entry.Name, new ApiKeyChoice { Ids = ids }, order.Reason, ct)
            .ConfigureAwait(false);
        if (plan is not null) await changes.RunAsync(plan, [], ct).ConfigureAwait(false);
        // Somebody may have made one meanwhile.
        IReadOnlyList<string> left = await LockdownKeys.ValidAsync(context, entry, run.Id, spared, ct).ConfigureAwait(false);
        return left.Count == 0 ? ids.Count : throw LockdownErrors.KeysStillValid.Make($"{ids.Count} keys of {entry.Name} were revoked, and "
            + $"{left.Count} are valid: {string.Join(", ", left)}.", "See who makes them, then go on with the lockdown.", entry.Name);
    }

    private Task<ChangePlan> PhasedAsync(SecretEntry entry, LockdownOrder? order, CancellationToken ct) =>
        new PhasePlanner(context).PlanAloneAsync(entry.Name, SecretsPart.Options(order), ct);

    /// <summary>All secrets that the lockdown replaces.</summary>
    private string[] Meant() => [.. LockdownKeys.All(context).Select(e => e.Name), .. new SecretCatalog(context)
        .Choose(_settings.Secrets, _ => { })];

    private static IEnumerable<ChangePlan> Flat(ChangePlan plan) => plan.Parts.SelectMany(Flat).Prepend(plan);
}
