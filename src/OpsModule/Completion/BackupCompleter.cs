using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes ids of backups in folders of this machine, newest first.</summary>
public sealed class BackupCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Backups(request.Texts("Name"), request.Texts("Tenant"), request.Command.StartsWith("Copy", StringComparison.OrdinalIgnoreCase) ? null : request.Texts("Store"));
}
