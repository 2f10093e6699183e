using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes stores of backups.</summary>
public sealed class StoreCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Stores;
}
