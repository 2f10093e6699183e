using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Configuration.Archiving;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Configuration.Checking;

/// <summary>Reads a backup of the configuration to its last file, for Test-OpsBackup.</summary>
internal static class ConfigurationTest
{
    /// <summary>What is said of a good one.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>ConfigurationAltered</c>, and what reading a backup throws.</exception>
    public static async Task<string> RunAsync(OpsContext context, BackupRecord backup, CancellationToken cancellationToken)
    {
        var key = ConfigurationKey.Of(context);
        bool isOwn = backup.Configuration?.Key == ConfigurationKey.NameOf(key);
        IReadOnlyDictionary<string, ArchivedItem> found = await ConfigurationArchive.ReadAsync(context, backup, isOwn ? static _ => true
            : null,
            cancellationToken).ConfigureAwait(false);
        ArchivedItem[] files = [.. found.Values.Where(f => f.Item.Kind == ConfiguredKind.File)];
        if (isOwn && files.FirstOrDefault(f => f.Item.Redacted == 0 && key.Fingerprint(f.Content) != f.Item.Print) is { } other)
            throw ConfigurationArchive.Altered(backup, $"{other.Item.Name} does not hold what its manifest says");
        return $"{found.Count:N0} files, folders and links are as in the manifest"
            + (isOwn ? $", and {files.Count(f => f.Item.Redacted == 0):N0} files have its fingerprints."
                : "; fingerprints of its files are of another state folder's key.");
    }
}
