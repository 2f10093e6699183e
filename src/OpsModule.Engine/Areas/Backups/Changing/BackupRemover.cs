using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>Plans removals of backups, and keeps the last verified one of a database or tenant unless forced.</summary>
public sealed class BackupRemover(OpsContext context)
{
    private readonly HashSet<string> _going = [];
    private readonly Dictionary<(string Store, BackupSubject Of), BackupGroup> _groups = [];

    /// <summary>Refuses when it is gone already.</summary>
    /// <exception cref="OpsException"><c>BackupNotFound</c>.</exception>
    public async Task CheckThereAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        string target = BackupKeys.Target(backup.Id, backup.Store);
        if (_going.Contains(target) || await context.OpenStore(backup.Store).FindAsync(BackupKeys.Manifest(backup.Key),
            cancellationToken).ConfigureAwait(false) is null)
            throw BackupErrors.BackupNotFound.Make($"Store {backup.Store} no longer has backup {backup.Id}.", "Nothing needs to be done.",
                backup);
    }

    /// <summary>Counts a backup as gone for the checks that follow, so that a plan adds up to what a run would do.</summary>
    public void CountAsGone(BackupRecord backup) => _going.Add(BackupKeys.Target(backup.Id, backup.Store));

    /// <summary>
    /// Refuses when this is the last one worth having; another one counts only while it is whole and can be trusted, and while it is not
    /// to be removed itself.
    /// </summary>
    /// <exception cref="OpsException"><c>LastVerifiedBackup</c>, <c>LastBackup</c>.</exception>
    /// <returns>The other one, which stays.</returns>
    public async Task<BackupRecord> CheckAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        bool other = false;
        var prober = new BackupProber(context);
        foreach (string store in context.Environment.Backups.Stores.Keys)
        {
            foreach (BackupEntry entry in (await GroupAsync(store, backup, cancellationToken).ConfigureAwait(false)).Entries)
            {
                if ((entry.Id == backup.Id && store == backup.Store) || _going.Contains(BackupKeys.Target(entry.Id, store))) continue;
                // Of those that cannot do, one is enough to tell which error it is.
                bool mayStay = entry.VerifiedAt is not null || backup.VerifiedAt is null;
                if (!mayStay && other) continue;
                if (await prober.LookAsync(store, entry.Key, cancellationToken).ConfigureAwait(false)
                    is not { Damage: null, Backup: { } found }) continue;
                other = true;
                if (found.VerifiedAt is not null || backup.VerifiedAt is null) return found;
            }
        }
        string of = $"of {backup.Subject.Words}";
        throw other
            ? new OpsException("LastVerifiedBackup", OpsErrorCategory.InvalidOperation,
                $"{backup.Id} in store {backup.Store} is the last verified backup {of}.",
                "Verify another one first (Test-OpsBackup or Invoke-OpsRecoveryDrill), or use -Force.", backup)
            : new OpsException("LastBackup", OpsErrorCategory.InvalidOperation,
                $"{backup.Id} in store {backup.Store} is the last backup {of}.",
                "Take another one first, or use -Force.", backup);
    }

    /// <summary>The group that a backup is in, as it was when this object first looked: a pipeline of removals lists it once.</summary>
    private async Task<BackupGroup> GroupAsync(string store, BackupRecord backup, CancellationToken cancellationToken)
    {
        (string, BackupSubject) of = (store, backup.Subject);
        if (!_groups.TryGetValue(of, out BackupGroup? group))
            _groups[of] = group = await new GroupLister(context).FindAsync(store, backup.Subject, cancellationToken).ConfigureAwait(false);
        return group;
    }

    /// <summary>Plans the removal of one backup.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="force">Though it is the last one worth having.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException">As <see cref="CheckThereAsync"/> and <see cref="CheckAsync"/>; <c>BackupPinned</c>.</exception>
    public async Task<ChangePlan> PlanAsync(BackupRecord backup, bool force, CancellationToken cancellationToken)
    {
        await CheckThereAsync(backup, cancellationToken).ConfigureAwait(false);
        if (!force)
            await StoredRemoval.RefusePinnedAsync(context.OpenStore(backup.Store), backup.Key, context.Time.GetUtcNow(), cancellationToken)
                .ConfigureAwait(false);
        BackupRecord? stays = force ? null : await CheckAsync(backup, cancellationToken).ConfigureAwait(false);
        var arguments = new Dictionary<string, string> { ["backup"] = backup.Id, ["key"] = backup.Key, ["store"] = backup.Store };
        if (stays is null) arguments[RemoveBackup.Force] = "true";
        else arguments["stays"] = $"{stays.Store} {stays.Key}";
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = RemoveBackup.KindName, Action = "Remove-OpsBackup",
                Target = BackupKeys.Target(backup.Id, backup.Store),
            Subject = $"backup {backup.Id} of {backup.Subject.Brief} in store {backup.Store}",
            Summary = $"Remove {SizeText.Show(backup.StoredBytes)} for good", Arguments = arguments,
                Identities = RemoveBackup.Identities(backup, stays), Irreversible = true,
            Steps = [new PlannedStep("remove-manifest", "Remove the manifest: from then on it is no backup."),
                new PlannedStep("remove-object", "Remove its object.")],
            Figures = [new PlanFigure("size", SizeText.Show(backup.StoredBytes))], PlannedAt = context.Time.GetUtcNow(),
        };
    }
}
