using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>Removes a backup: its manifest first, so that what is left of an interrupted removal is no backup.</summary>
internal sealed class RemoveBackup : ChangeKind
{
    public const string KindName = "backup.remove";

    /// <summary>It may be the last one.</summary>
    public const string Force = "force";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) =>
        BackupKeys.Target(BackupKeys.IdOf(plan.Arguments["key"], plan.Environment), plan.Arguments["store"]);

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        var catalog = new BackupCatalog(context);
        BackupRecord backup = await catalog.FindAtAsync(plan.Arguments["store"], plan.Arguments["key"],
            cancellationToken).ConfigureAwait(false);
        if (plan.Arguments.ContainsKey(Force)) return Identities(backup, null);
        string stays = plan.Arguments["stays"];
        // That another one stays is why it may go.
        string[] other = stays.Split(' ', 2);
        if (stays == $"{backup.Store} {backup.Key}") throw new FormatException("the backup that is removed cannot be the one that stays.");
        BackupRecord kept = await catalog.FindAtAsync(other[0], other[1], cancellationToken).ConfigureAwait(false);
        return Identities(backup, await catalog.IsWholeAsync(kept, cancellationToken).ConfigureAwait(false)
            && (kept.VerifiedAt is not null || backup.VerifiedAt is null) ? kept : null);
    }

    public static IReadOnlyList<PlanIdentity> Identities(BackupRecord backup, BackupRecord? stays)
    {
        PlanIdentity own = new($"SHA-256 of backup {backup.Id} in {backup.Store}", backup.Sha256);
        return stays is null ? [own] : [own, new($"SHA-256 of backup {stays.Id} in {stays.Store}, which stays", stays.Sha256)];
    }

    public override string WhenStopped(ChangePlan plan) =>
        $"The removal of backup {plan.Arguments["backup"]} from store {plan.Arguments["store"]} was stopped; Test-OpsBackup shows whether anything of it is left.";

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        await RemoveAsync(run, run.Plan.Arguments["store"], run.Plan.Arguments["key"], cancellationToken).ConfigureAwait(false);
        return new ChangeResult($"removed from {run.Plan.Arguments["store"]}");
    }

    /// <summary>The steps of a removal.</summary>
    public static Task RemoveAsync(ChangeRun run, BackupRecord backup, CancellationToken cancellationToken) =>
        RemoveAsync(run, backup.Store, backup.Key, cancellationToken);

    private static async Task RemoveAsync(ChangeRun run, string storeName, string key, CancellationToken cancellationToken)
    {
        var removal = new StoredRemoval(run.Context.OpenStore(storeName), key, run.Context.Time) { Force = run.Plan.Arguments.ContainsKey(Force) };
        await run.StepAsync("remove-manifest", () => removal.RemoveManifestAsync(run, cancellationToken)).ConfigureAwait(false);
        await run.StepAsync("remove-object", () => removal.RemoveRestAsync(run, cancellationToken)).ConfigureAwait(false);
    }
}
