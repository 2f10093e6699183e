using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>Removes a backup: its manifest first, so that what is left of an interrupted removal is no backup.</summary>
internal sealed class RemoveBackup : ChangeKind
{
    public const string KindName = "backup.remove";

    /// <summary>It may be the last one.</summary>
    public const string Force = "force";

    /// <summary>The figure that says what the store keeps of what is removed.</summary>
    public const string Kept = "kept by the store";

    private const string FirstStep = "remove-manifest", WhichStays = ", which stays";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) =>
        BackupKeys.Target(BackupKeys.IdOf(plan.Arguments["key"], plan.Environment), plan.Arguments["store"]);

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        var prober = new BackupProber(context);
        string store = plan.Arguments["store"], key = plan.Arguments["key"];
        BackupRecord? backup = (await prober.LookAsync(store, key, cancellationToken).ConfigureAwait(false)).Backup;
        if (plan.Arguments.ContainsKey(Force)) return Identities(backup, null);
        string stays = plan.Arguments["stays"];
        // That another one stays is why it may go.
        string[] other = stays.Split(' ', 2);
        if (other[0] == store && BackupKeys.Base(other[1]) == BackupKeys.Base(key))
            throw new FormatException("the backup that is removed cannot be the one that stays.");
        BackupProbe kept = await prober.LookAsync(other[0], other[1], cancellationToken).ConfigureAwait(false);
        return Identities(backup, kept.Damage is null && (kept.IsVerified || backup?.VerifiedAt is null) ? kept.Backup : null);
    }

    public static IReadOnlyList<PlanIdentity> Identities(BackupRecord? backup, BackupRecord? stays)
    {
        var identities = new List<PlanIdentity>();
        if (backup is not null) identities.Add(new($"SHA-256 of backup {backup.Id} in {backup.Store}", backup.Sha256));
        if (stays is not null) identities.Add(new($"SHA-256 of backup {stays.Id} in {stays.Store}{WhichStays}", stays.Sha256));
        return identities;
    }

    /// <summary>While the backup may still be there, the other one must be.</summary>
    public override IEnumerable<PlanIdentity> StillHold(ChangeRun run) => run.IsDone(FirstStep) ? []
        : run.HasBegun(FirstStep) ? run.Plan.Identities.Where(i => i.Name.EndsWith(WhichStays, StringComparison.Ordinal))
        : run.Plan.Identities;

    public override string WhenStopped(ChangePlan plan) =>
        $"The removal of backup {plan.Arguments["backup"]} from store {plan.Arguments["store"]} was stopped. Test-OpsBackup shows "
        + "whether anything of it is left, and Remove-OpsBackup -Incomplete removes that.";

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        await RemoveAsync(run, run.Plan.Arguments["store"], run.Plan.Arguments["key"], cancellationToken).ConfigureAwait(false);
        string? kept = run.Plan.Figures.FirstOrDefault(f => f.Name == Kept)?.Value;
        return new ChangeResult($"removed from {run.Plan.Arguments["store"]}" + (kept is null ? "" : "; " + kept));
    }

    /// <summary>The steps of a removal.</summary>
    public static Task RemoveAsync(ChangeRun run, BackupRecord backup, CancellationToken cancellationToken) =>
        RemoveAsync(run, backup.Store, backup.Key, cancellationToken);

    private static async Task RemoveAsync(ChangeRun run, string storeName, string key, CancellationToken cancellationToken)
    {
        var removal = new StoredRemoval(run.Context.OpenStore(storeName), key, run.Context.Time) { Force = run.Plan.Arguments.ContainsKey(Force) };
        await run.StepAsync(FirstStep, () => removal.RemoveManifestAsync(run, cancellationToken)).ConfigureAwait(false);
        await run.StepAsync("remove-object", () => removal.RemoveRestAsync(run)).ConfigureAwait(false);
    }
}
