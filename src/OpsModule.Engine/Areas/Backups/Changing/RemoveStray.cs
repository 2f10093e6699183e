using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>Removes what an interrupted backup left in a store.</summary>
internal sealed class RemoveStray : ChangeKind
{
    public const string KindName = "store.stray";

    public const string Upload = "upload", Young = "young";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) =>
        BackupKeys.Target(BackupKeys.IdOf(plan.Arguments["key"], plan.Environment), plan.Arguments["store"]);

    /// <summary>Whoever has made a backup of it meanwhile does not lose it.</summary>
    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        string key = plan.Arguments["key"];
        return [Identity(key, await context.OpenStore(plan.Arguments["store"]).FindAsync(BackupKeys.Manifest(key),
            cancellationToken).ConfigureAwait(false) is not null)];
    }

    public static PlanIdentity Identity(string key, bool hasManifest) => new($"manifest of {key}", hasManifest ? "there" : "none");

    public override string WhenStopped(ChangePlan plan) =>
        $"The removal of {plan.Arguments["location"]} was stopped; Test-OpsBackup shows whether it is still there.";

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> arguments = run.Plan.Arguments;
        IBackupStore store = run.Context.OpenStore(arguments["store"]);
        // The upload may be under way, here or on another host.
        using IDisposable hold = run.Context.Locks.Acquire(StoreInspector.TargetOf(arguments["key"]), run.Plan.Action);
        await run.StepAsync("remove", async () =>
        {
            await CheckAsync(run, store, cancellationToken).ConfigureAwait(false);
            if (!arguments.TryGetValue(Upload, out string? upload)) await store.DeleteAsync(run, arguments["key"],
                cancellationToken).ConfigureAwait(false);
            // Only what the store itself lists: a plan may come from a file that somebody else wrote.
            else await foreach (StoreLeftover leftover in store.ListLeftoversAsync(BackupKeys.Folder(arguments["key"]),
                cancellationToken).ConfigureAwait(false))
                if (leftover.Id == upload && leftover.Key == arguments["key"]) await store.RemoveLeftoverAsync(run, leftover,
                    cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return new ChangeResult($"what an interrupted backup left was removed from {store.Name}");
    }

    /// <summary>
    /// A plan may come from a file that somebody else wrote: what is a backup stays, and what is young, unless the plan was made so.
    /// </summary>
    private static async Task CheckAsync(ChangeRun run, IBackupStore store, CancellationToken cancellationToken)
    {
        string key = run.Plan.Arguments["key"];
        if (BackupKeys.IsManifest(key) || BackupKeys.IsVerified(key)
            || await store.FindAsync(BackupKeys.Manifest(key), cancellationToken).ConfigureAwait(false) is not null)
            throw ChangeErrors.PlanInvalid.Make($"{key} in store {store.Name} belongs to a backup.",
                "Remove backups with Remove-OpsBackup.", key);
        await StoredRemoval.RefuseLockedAsync(store, key, run.Context.Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        if (run.Plan.Arguments.ContainsKey(Young)
            || await store.FindAsync(key, cancellationToken).ConfigureAwait(false) is not { } found) return;
        if (run.Context.Time.GetUtcNow() - found.Modified < StoreInspector.MinimumAge) throw StoreInspector.IsYoung(store.LocationOf(key),
            key);
    }
}
