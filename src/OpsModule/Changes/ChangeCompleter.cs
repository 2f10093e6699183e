using OpsModule.Completion;
using OpsModule.Engine.Completion;

namespace OpsModule.Changes;

/// <summary>Completes ids of changes, the newest first.</summary>
public sealed class ChangeCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Changes;
}
