using OpsModule.Completion;
using OpsModule.Engine.Completion;

namespace OpsModule.Sets;

/// <summary>Completes ids of sets in folders of this machine, newest first.</summary>
public sealed class SetCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.BackupSets;
}
