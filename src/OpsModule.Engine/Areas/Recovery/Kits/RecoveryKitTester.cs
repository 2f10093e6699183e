using System.Globalization;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Kits.Content;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Recovery.Kits;

/// <summary>Opens a recovery kit with the private key, reads it to its last byte, and compares it with what there is now.</summary>
/// <param name="context">The environment of now; null where there is none, as on an empty machine.</param>
/// <param name="time">The clock.</param>
public sealed class RecoveryKitTester(OpsContext? context, TimeProvider time)
{
    private static readonly string[] OfTheKey = ["identities", "identity", "malformed secret key", "permission denied", "passphrase",
        "incorrect HRP"];

    /// <summary>Tests a kit. What is wrong with it is a finding; the last one says so when nothing is.</summary>
    /// <param name="path">The kit.</param>
    /// <param name="identity">The file of the private key; null for the environment's.</param>
    /// <param name="mostAge">How old it may be.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="OpsException"><c>KitNotFound</c>.</exception>
    public async Task<IReadOnlyList<RecoveryKitFinding>> TestAsync(string path, string? identity, TimeSpan mostAge,
        CancellationToken cancellationToken)
    {
        KitContent content;
        try { content = await OpenAsync(path, identity ?? context?.Environment.Backups.IdentityFile, cancellationToken)
            .ConfigureAwait(false); }
        catch (OpsException e) when (KitErrors.KitLocked.Is(e) || KitErrors.KitDamaged.Is(e))
        {
            return [new RecoveryKitFinding { Severity = FindingSeverity.Error, Code = e.ErrorId, Message = e.Message,
                Remedy = e.RecommendedAction ?? "", Path = path, Environment = context?.Environment.Name }];
        }
        var findings = new List<RecoveryKitFinding>();
        Look(content, mostAge, Add);
        if (context is not null) await CompareAsync(context, content, Add, cancellationToken).ConfigureAwait(false);
        if (findings.Count == 0)
            Add(FindingSeverity.Information, "KitWhole",
                string.Create(CultureInfo.InvariantCulture, $"The kit opens and is whole; it tells of {content.Backups.Count} backups in "
                    + $"{content.Stores.Count} stores.")
                + (context is null ? " There is no environment here that it could be compared with." : ""), "");
        return findings;

        void Add(FindingSeverity severity, string code, string message, string remedy) => findings.Add(new RecoveryKitFinding
        {
            Severity = severity, Code = code, Message = message, Remedy = remedy, Path = path, CreatedAt = content.CreatedAt,
                Environment = content.Environment,
        });
    }

    private delegate void Adding(FindingSeverity severity, string code, string message, string remedy);

    private void Look(KitContent content, TimeSpan mostAge, Adding add)
    {
        TimeSpan age = time.GetUtcNow() - content.CreatedAt;
        if (age > mostAge)
            add(FindingSeverity.Error, "KitOld",
                $"The kit is {DurationText.Show(age)} old; {DurationText.Show(mostAge)} were allowed.",
                    "Export a new one with Export-OpsRecoveryKit, and put it where this one lies.");
        if (age < TimeSpan.FromMinutes(-5))
            add(FindingSeverity.Error, "KitFromTheFuture",
                $"The kit says that it was made at {content.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC, which is still to come: its "
                    + $"age is not known.", "Set the clock right, and export a new one.");
        foreach (KitStore store in content.Stores.Where(s => s.Problem is not null))
            add(FindingSeverity.Warning, "KitStoreUnread",
                $"Store {store.Name} could not be read when the kit was made: {store.Problem}.",
                    "Export a new one when the store can be read.");
        if (content.Backups.Count == 0) add(FindingSeverity.Error, "KitWithoutBackups", "The kit leads to no backup.",
            "Back up, then export a new one.");
        IEnumerable<string> here = context?.Environment is { } now && now.Name == content.Environment ? now.Databases.Keys : [];
        string[] databases = [.. content.Databases.Concat(here)], tenantsOnly = content.TenantsOnly(databases);
        if (tenantsOnly.Length > 0)
            add(FindingSeverity.Error, "KitTenantsOnly", $"The kit leads to no backup of the whole of {string.Join(", ", tenantsOnly)}, "
                + "only to tenants': its page has no steps that bring the database back.",
                "Back up the whole database, too (Backup-OpsDatabase without -Tenant), then export a new one.");
        if (content.Backups.Count > 0 && content.Lacking(databases).Except(tenantsOnly, StringComparer.Ordinal).ToArray()
            is { Length: > 0 } lacking)
            add(FindingSeverity.Error, "KitLacksDatabase", $"The kit leads to no backup of {string.Join(", ", lacking)}.",
                "Back up what is missing, then export a new one.");
        foreach (KitBackup backup in content.Backups.Where(b => b.Tenant is null).DistinctBy(b => b.Id))
        {
            if (backup.Globals is null) add(FindingSeverity.Warning, "KitWithoutRoles",
                $"Backup {backup.Id} of {backup.Name} holds no roles; they would have to be made by hand.",
                    "Make a new backup, then a new kit.");
            else if (!backup.HasVerifiers) add(FindingSeverity.Warning, "KitWithoutPasswords",
                $"Backup {backup.Id} of {backup.Name} holds roles without their passwords.",
                    "Encrypt backups, and make them by a login that may read pg_authid; or keep the passwords elsewhere.");
        }
    }

    private static async Task CompareAsync(OpsContext context, KitContent content, Adding add, CancellationToken ct)
    {
        if (content.Environment != context.Environment.Name)
        {
            add(FindingSeverity.Error, "KitOfAnother",
                $"The kit is of environment {content.Environment}, and this is {context.Environment.Name}.",
                    "Name the other environment with -Environment, or export a kit of this one.");
            return;
        }
        if (context.Environment.File is { } file
            && KitArchive.Hash(await File.ReadAllBytesAsync(file, ct).ConfigureAwait(false)) != content.FileSha256)
            add(FindingSeverity.Error, "KitOutdated", $"The environment file {file} has changed since the kit was made.",
                "Export a new one with Export-OpsRecoveryKit, and put it where this one lies.");
        var unread = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (IGrouping<(string Name, string? Tenant), KitBackup> group in content.Backups.GroupBy(b => (b.Name, b.Tenant)))
        {
            if (await IsAnyThereAsync(context, group, unread, ct).ConfigureAwait(false)) continue;
            add(FindingSeverity.Warning, "KitBackupsGone",
                $"No backup of {group.Key.Name}{(group.Key.Tenant is { } tenant ? ", tenant " + tenant : "")} that the kit tells of "
                    + $"is where it says any more.", "Export a new one; pin one backup when kits are made seldom.");
        }
        foreach ((string store, string why) in unread)
            add(FindingSeverity.Warning, "KitStoreUnread",
                $"Whether what the kit tells of is still in store {store} could not be asked: {why}",
                "Test the kit again when the store can be read.");
    }

    private static async Task<bool> IsAnyThereAsync(OpsContext context, IEnumerable<KitBackup> backups, Dictionary<string, string> unread,
        CancellationToken ct)
    {
        bool isUnknown = false;
        foreach (KitBackup backup in backups)
        {
            if (!context.Environment.Backups.Stores.ContainsKey(backup.Store)) continue;
            // What cannot be asked is not gone, nor is it there.
            try { if ((await context.OpenStore(backup.Store).FindAsync(backup.Key, ct)
                .ConfigureAwait(false))?.Length == backup.Bytes) return true; }
            catch (OpsException e)
            {
                unread.TryAdd(backup.Store, e.Message);
                isUnknown = true;
            }
        }
        return isUnknown;
    }

    private static async Task<KitContent> OpenAsync(string path, string? identity, CancellationToken ct)
    {
        if (!File.Exists(path)) throw KitErrors.KitNotFound.Make($"There is no recovery kit {path}.",
            "Name the file that Export-OpsRecoveryKit has written.", path);
        if (identity is null) throw KitErrors.KitLocked.Make("No private key was given to open the kit with, and the environment "
            + "names none.", "Give the identity file of age with -Identity.", path);
        if (!File.Exists(identity)) throw KitErrors.KitLocked.Make($"The age identity file {identity} does not exist; without it "
            + $"nobody opens the kit.", "Give the identity file of age with -Identity.", path);
        try
        {
            await using var source = new ProgramSource(new ProgramCall("age", "-d", "-i", identity), File.OpenRead(path), e =>
                Explain(e, path, identity));
            using var tar = new MemoryStream();
            await source.CopyToAsync(tar, ct).ConfigureAwait(false);
            tar.Position = 0;
            return KitArchive.Read(tar).Content;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or ArgumentException)
        {
            throw KitErrors.KitDamaged.Make($"{path} is no whole recovery kit: {e.Message.TrimEnd('.')}.",
                "Take another copy of it, or export a new one.", path, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw KitErrors.KitNotFound.Make($"The recovery kit {path} cannot be read: {e.Message.TrimEnd('.')}.",
                "Give this user the right to read it.", path, e);
        }
    }

    /// <summary>A wrong key says nothing of the kit.</summary>
    private static OpsException Explain(OpsException failed, string path, string identity) =>
        OfTheKey.Any(t => failed.Message.Contains(t, StringComparison.OrdinalIgnoreCase))
        ? KitErrors.KitLocked.Make($"The age identity file {identity} does not open the kit: {failed.Message}",
        "Give the private key of one of the recipients that the kit was made for.", path, failed)
        : KitErrors.KitDamaged.Make($"{path} is no whole recovery kit: {failed.Message}",
        "Take another copy of it, or export a new one.", path, failed);
}
