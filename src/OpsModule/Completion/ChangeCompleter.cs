using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes ids of changes, the newest first.</summary>
public sealed class ChangeCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Changes;
}
