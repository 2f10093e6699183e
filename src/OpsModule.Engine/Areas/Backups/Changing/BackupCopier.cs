using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>Plans copies of backups between stores.</summary>
public sealed class BackupCopier(OpsContext context)
{
    /// <summary>Whether the store has it already.</summary>
    public async Task<bool> IsThereAsync(BackupRecord backup, string toStore, CancellationToken cancellationToken) =>
        await context.OpenStore(toStore).FindAsync(BackupKeys.Manifest(backup.Key), cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>Refuses a copy that cannot be made, before anybody is asked.</summary>
    /// <exception cref="OpsException"><c>BackupExists</c>, <c>ObjectMissing</c>.</exception>
    public async Task CheckAsync(BackupRecord backup, string toStore, CancellationToken cancellationToken)
    {
        if (await IsThereAsync(backup, toStore, cancellationToken).ConfigureAwait(false))
            throw new OpsException("BackupExists", OpsErrorCategory.ResourceExists, $"Store {toStore} already has backup {backup.Id}.",
                "Nothing needs to be done; Test-OpsBackup tells whether the copy is good.", backup);
        if (!await new BackupCatalog(context).IsWholeAsync(backup, cancellationToken).ConfigureAwait(false))
            throw new OpsException("ObjectMissing", OpsErrorCategory.ObjectNotFound,
                $"Store {backup.Store} no longer has the whole object of backup {backup.Id}.",
                "Copy it from another store, or look at it with Test-OpsBackup.", backup);
    }

    /// <summary>Plans a copy of one backup.</summary>
    /// <exception cref="OpsException">As <see cref="CheckAsync"/>, and what the stores report.</exception>
    public async Task<ChangePlan> PlanAsync(BackupRecord backup, string toStore, CancellationToken cancellationToken)
    {
        await CheckAsync(backup, toStore, cancellationToken).ConfigureAwait(false);
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = CopyBackup.KindName, Action = "Copy-OpsBackup",
                Target = BackupKeys.Target(backup.Id, toStore),
            Subject = $"backup {backup.Id} in {backup.Store}", Summary = $"Copy {SizeText.Show(backup.StoredBytes)} to {toStore}",
            Arguments = new Dictionary<string, string> { ["backup"] = backup.Id, ["key"] = backup.Key, ["from"] = backup.Store,
                ["to"] = toStore },
            Identities = CopyBackup.Identities(backup, toStore, isThere: false), Undo = "the copy is removed",
                PlannedAt = context.Time.GetUtcNow(),
            Steps = [new PlannedStep("copy", $"Copy the object of {backup.StoredBytes:N0} bytes; its SHA-256 is checked on the way."),
                new PlannedStep("manifest", "Copy the mark of lost rows, if any, and write the manifest, which makes it a backup.")],
            Figures = [new PlanFigure("size", SizeText.Show(backup.StoredBytes))],
        };
    }
}
