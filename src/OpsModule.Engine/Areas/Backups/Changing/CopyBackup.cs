using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Backups.Stages;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>Copies a backup to another store. The copy is committed only when its bytes have the manifest's SHA-256.</summary>
internal sealed class CopyBackup : ChangeKind
{
    public const string KindName = "backup.copy";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) =>
        BackupKeys.Target(BackupKeys.IdOf(plan.Arguments["key"], plan.Environment), plan.Arguments["to"]);

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        BackupRecord backup = await FindAsync(context, plan, "from", cancellationToken).ConfigureAwait(false);
        return Identities(backup, plan.Arguments["to"],
            await new BackupCopier(context).IsThereAsync(backup, plan.Arguments["to"], cancellationToken).ConfigureAwait(false));
    }

    public static IReadOnlyList<PlanIdentity> Identities(BackupRecord backup, string toStore, bool isThere) =>
        [new($"SHA-256 of backup {backup.Id} in {backup.Store}", backup.Sha256),
            new($"backup {backup.Id} in {toStore}", isThere ? "there" : "none")];

    public override string WhenStopped(ChangePlan plan) =>
        $"The copy of backup {plan.Arguments["backup"]} to store {plan.Arguments["to"]} was stopped; the store has no such backup now.";

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        BackupRecord backup = await FindAsync(run.Context, run.Plan, "from", cancellationToken).ConfigureAwait(false);
        IBackupStore to = run.Context.OpenStore(run.Plan.Arguments["to"]);
        await run.StepAsync("copy", async () =>
        {
            // What a run that was killed has left of it.
            await InterruptedBackups.RemoveAsync(run, to, backup.Key, cancellationToken).ConfigureAwait(false);
            await CopyObjectAsync(run, backup, to, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        await run.StepAsync("manifest", async () =>
        {
            if (await to.FindAsync(BackupKeys.Manifest(backup.Key), cancellationToken).ConfigureAwait(false) is null)
                await PublishAsync(run, backup, to, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return new ChangeResult($"{backup.StoredBytes:N0} bytes copied from {backup.Store} to {to.Name}",
            backup with { Store = to.Name, Location = to.LocationOf(backup.Key), VerifiedAt = null });
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        string store = run.Plan.Arguments["to"];
        // Another host may have copied it meanwhile.
        if (!run.HasBegun("copy")) return new ChangeResult("Nothing had been copied");
        BackupRecord? copy = await FindOrNoneAsync(run.Context, run.Plan, "to", cancellationToken).ConfigureAwait(false);
        // The source may be gone meanwhile, because the copy stays.
        if (copy is not null) await new BackupRemover(run.Context).CheckAsync(copy, cancellationToken).ConfigureAwait(false);
        if (copy is not null) await RemoveBackup.RemoveAsync(run, copy, cancellationToken).ConfigureAwait(false);
        else if (await FindOrNoneAsync(run.Context, run.Plan, "from", cancellationToken).ConfigureAwait(false) is { } source)
            await run.StepAsync("clear", () =>
                InterruptedBackups.RemoveAsync(run, run.Context.OpenStore(store), source.Key, cancellationToken)).ConfigureAwait(false);
        if (copy is null) return new ChangeResult($"Store {store} has no copy");
        string? kept = await StoredRemoval.WhatStaysAsync(run.Context.OpenStore(store), cancellationToken).ConfigureAwait(false);
        return new ChangeResult($"The copy was removed from {store}" + (kept is null ? "" : "; " + kept));
    }

    private static Task<BackupRecord> FindAsync(OpsContext context, ChangePlan plan, string which, CancellationToken cancellationToken) =>
        new BackupCatalog(context).FindAtAsync(plan.Arguments[which], plan.Arguments["key"], cancellationToken);

    private static async Task<BackupRecord?> FindOrNoneAsync(OpsContext context, ChangePlan plan, string which,
        CancellationToken cancellationToken)
    {
        try { return await FindAsync(context, plan, which, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == BackupErrors.BackupNotFound.Id) { return null; }
    }

    /// <summary>Copies a backup into a store that has nothing of it; what fails there leaves nothing.</summary>
    public static async Task CopyAsync(ChangeRun run, BackupRecord backup, IBackupStore to, CancellationToken cancellationToken)
    {
        try
        {
            await CopyObjectAsync(run, backup, to, cancellationToken).ConfigureAwait(false);
            await PublishAsync(run, backup, to, cancellationToken).ConfigureAwait(false);
        }
        catch (OpsException)
        {
            await BackupUpload.RemoveAsync(run, [to.Name], backup.Key).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Makes a backup of what was copied. What is known of the content holds for the copy as well: that it lacks rows, and that a test of
    /// what is in it failed. That it was verified, and that it is pinned, is of the one in the other store.
    /// </summary>
    private static async Task PublishAsync(ChangeRun run, BackupRecord backup, IBackupStore to, CancellationToken cancellationToken)
    {
        var catalog = new BackupCatalog(run.Context);
        IBackupStore from = run.Context.OpenStore(backup.Store);
        string losses = BackupKeys.Losses(backup.Key), failed = BackupKeys.Failed(backup.Key);
        bool isOfContent = await catalog.FindFailureAsync(backup, cancellationToken).ConfigureAwait(false) is { IsOfContent: true };
        foreach (string mark in isOfContent ? new[] { losses, failed } : [losses])
            if (await BackupMarks.ReadAsync(from, mark, cancellationToken).ConfigureAwait(false) is { } content)
                await BackupMarks.WriteAsync(run, to, mark, content, cancellationToken).ConfigureAwait(false);
        await catalog.CopyManifestAsync(run, backup, to.Name, cancellationToken).ConfigureAwait(false);
    }

    private static async Task CopyObjectAsync(ChangeRun run, BackupRecord backup, IBackupStore to, CancellationToken cancellationToken)
    {
        var progress = new BackupProgress(run.Context, 3, $"Copy {backup.Id} to {to.Name}", backup.StoredBytes);
        await using Stream source = await BackupReader.OpenStoredAsync(run.Context, backup, cancellationToken, progress.Report).ConfigureAwait(false);
        await using StoreUpload upload = await to.CreateLockedAsync(run, backup.Key, cancellationToken).ConfigureAwait(false);
        await source.CopyToAsync(upload.Stream, 256 * 1024, cancellationToken).ConfigureAwait(false);
        await upload.CommitAsync(cancellationToken).ConfigureAwait(false);
        progress.Close();
    }
}
