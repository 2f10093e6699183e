using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes ids of backups in folders of this machine, newest first.</summary>
public sealed class BackupCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Backups(KindsOf(request),
        request.Texts("Name"), request.Texts("Tenant"),
        request.Command.StartsWith("Copy", StringComparison.OrdinalIgnoreCase) ? null : request.Texts("Store"));

    /// <summary>Those that the cmdlet takes, or that were written; null for all.</summary>
    private static BackupKind[]? KindsOf(CompletionRequest request) => request.Command.ToUpperInvariant() switch
    {
        "RESTORE-OPSDATABASE" or "INVOKE-OPSRECOVERYDRILL" => [BackupKind.Database],
        "RESTORE-OPSCONFIGURATION" or "COMPARE-OPSCONFIGURATION" => [BackupKind.Configuration],
        "RESTORE-OPSCACHE" or "MEASURE-OPSCACHE" => [BackupKind.Cache],
        _ => request.Texts("Kind")?.Select(k => Enum.TryParse(k, true, out BackupKind kind) ? kind : (BackupKind?)null).OfType<BackupKind>()
            .ToArray() is { Length: > 0 } kinds ? kinds : null,
    };
}
