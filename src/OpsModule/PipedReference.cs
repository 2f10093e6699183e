using System.Management.Automation;
using OpsModule.Engine;
using OpsModule.Engine.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Records;
using OpsModule.Engine.Recovery;

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
        if (!IsBag(given)) return Bare(given);
        object? backup = PipedObject.Property(given, "Backup");
        string? store = PipedObject.Text(given, "Store");
        if (backup is null) return PipedObject.Text(given, "Id") is { } id && BackupQuery.IsId(id) ? new BackupReference(id, store) : Bare(given);
        string? tested = backup is BackupRecord live ? live.Id : backup as string ?? PipedObject.Text(backup, "Id");
        if (tested is null || !BackupQuery.IsId(tested)) return Bare(given);
        if (mustPass && !string.Equals(PipedObject.Text(given, "Passed"), "True", StringComparison.OrdinalIgnoreCase))
            throw new OpsException("BackupTestFailed", OpsErrorCategory.InvalidData, $"The backup {tested} did not pass its test, or what is left of the result does not say so.", "Use a backup that passes Test-OpsBackup.", tested);
        return new BackupReference(tested, store ?? (backup as BackupRecord)?.Store ?? PipedObject.Text(backup, "Store"));
    }

    /// <summary>The restore: a live record as it is, or the id that is left of one; anything else as it came.</summary>
    public static object ToRestore(object given) => IsBag(given) && (PipedObject.Text(given, "ReplacedName") ?? PipedObject.Text(given, "Id")) is { } id ? id : Bare(given);

    /// <summary>The file of an environment that came from elsewhere; null for anything else.</summary>
    public static FileInfo? ToEnvironment(PSObject given) => given.BaseObject is PSCustomObject && PipedObject.Text(given, "File") is { } file
        && PipedObject.Has(given, "StateDirectory") && (RecordKinds.Find(given.TypeNames) == typeof(OpsEnvironment) || PipedObject.Has(given, "Databases")) ? new FileInfo(file) : null;

    private static bool IsBag(object given) => given is PSObject { BaseObject: PSCustomObject };

    private static object Bare(object given) => given is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : given;
}
