using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups.Signing;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Listing;

/// <summary>
/// Looks whether a backup counts, the same way for whatever rests on it: its object is there and whole, its manifest can be trusted, it is
/// signed and encrypted where the environment asks for that, and no test has found it wanting. The object's bytes are not read.
/// </summary>
internal sealed class BackupProber(OpsContext context)
{
    private readonly BackupCatalog _catalog = new(context);

    /// <summary>Looks at one that a listing tells of; only its manifest and its marks are read.</summary>
    public async Task<BackupProbe> LookAsync(string store, BackupEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Object is null) return new BackupProbe("its object is gone", false);
        if (await _catalog.TryFindAtAsync(store, entry, cancellationToken).ConfigureAwait(false) is not { } backup)
            return new BackupProbe("its manifest cannot be trusted", false);
        return await JudgeAsync(backup, entry.Object, entry.HasFailed, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks at one as it is now.</summary>
    public async Task<BackupProbe> LookAsync(string storeName, string key, CancellationToken cancellationToken)
    {
        BackupRecord backup;
        try { backup = await _catalog.FindAtAsync(storeName, key, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (BackupErrors.BackupNotFound.Is(e)) { return new BackupProbe(e.Message, false); }
        IBackupStore store = context.OpenStore(storeName);
        StoredObject? stored = await store.FindAsync(backup.Key, cancellationToken).ConfigureAwait(false);
        bool hasFailed = await store.FindAsync(BackupKeys.Failed(key), cancellationToken).ConfigureAwait(false) is not null;
        return await JudgeAsync(backup, stored, hasFailed, cancellationToken).ConfigureAwait(false);
    }

    private async Task<BackupProbe> JudgeAsync(BackupRecord backup, StoredObject? stored, bool hasFailed,
        CancellationToken cancellationToken)
    {
        if (backup.Key != stored?.Key) return Damaged("its object is gone");
        if (backup.StoredBytes != stored.Length)
            return Damaged(FormattableString.Invariant($"its object has {stored.Length:N0} bytes of {backup.StoredBytes:N0}"));
        if (hasFailed && await _catalog.FindFailureAsync(backup, cancellationToken).ConfigureAwait(false) is { } failure)
            return Damaged(FormattableString.Invariant($"a test found at {failure.At.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {failure.Finding}"));
        if (BackupTrust.WhyRefused(context, backup) is { } why) return Damaged(why) with { IsRefused = true };
        return new BackupProbe(null, backup.VerifiedAt is not null) { Backup = backup };

        BackupProbe Damaged(string how) => new(how, false) { Backup = backup };
    }
}
