using System.Management.Automation;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Records;
using OpsModule.Foundations.Errors;

namespace OpsModule;

/// <summary>
/// What an object of a job, another session, a file or a selection names. Cmdlets that do something to a backup, a restore or an environment
/// take its name from it and read all else anew: such an object may claim any place, size or hash.
/// </summary>
internal static class PipedReference
{
    /// <summary>The backup: a live record as it is, or the reference that is left of one; anything else as it came.</summary>
    /// <param name="given">What was given or piped in.</param>
    /// <param name="mustPass">Whether the result of a test must have passed.</param>
    /// <exception cref="OpsException"><c>BackupTestFailed</c> for a test that did not pass, or does not say so.</exception>
    public static object ToBackup(object given, bool mustPass = true)
    {
        // The id of a restore is not that of its backup.
        if (!IsBag(given) || PipedObject.Has(given, "BackupId") || PipedObject.Has(given, "ReplacedName")) return PipedObject.Bare(given)!;
        object? backup = PipedObject.Property(given, "Backup");
        string? id = backup switch
        {
            null => PipedObject.Text(given, "Id"),
            string text => text,
            _ => PipedObject.Text(backup, "Id"),
        };
        if (id is null || !BackupQuery.IsId(id)) return given;
        if (mustPass && (backup is not null || PipedObject.Has(given, "Passed")) && !string.Equals(PipedObject.Text(given, "Passed"), "True", StringComparison.OrdinalIgnoreCase))
            throw new OpsException("BackupTestFailed", OpsErrorCategory.InvalidData, $"The backup {id} did not pass its test, or what is left of the result does not say so.", "Use a backup that passes Test-OpsBackup.", id);
        object source = backup ?? given;
        return new BackupReference(id, PipedObject.Text(given, "Store") ?? PipedObject.Text(source, "Store")) { Kind = PipedObject.Text(source, "Kind"), Name = PipedObject.Text(source, "Name"), Tenant = PipedObject.Text(source, "Tenant") };
    }

    /// <summary>The restore: a live record as it is, or the reference that is left of one; anything else as it came.</summary>
    public static object ToRestore(object given)
    {
        // A backup has an Id, too.
        bool isOne = IsBag(given) && !PipedObject.Has(given, "StoredBytes");
        return isOne && (PipedObject.Text(given, "ReplacedName") ?? PipedObject.Text(given, "Id")) is { } id ? new RestoreReference(id, PipedObject.Text(given, "Name")) : PipedObject.Bare(given)!;
    }

    /// <summary>The file of an environment that came from elsewhere; null for anything else.</summary>
    public static FileInfo? ToEnvironment(PSObject given) => given.BaseObject is PSCustomObject && PipedObject.Text(given, "File") is { } file
        && PipedObject.Has(given, "StateDirectory") && (RecordKinds.Find(given.TypeNames) == typeof(OpsEnvironment) || PipedObject.Has(given, "Databases")) ? new FileInfo(file) : null;

    private static bool IsBag(object given) => given is PSObject { BaseObject: PSCustomObject };
}
