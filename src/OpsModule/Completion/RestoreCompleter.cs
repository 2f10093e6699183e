using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes ids of restores.</summary>
public sealed class RestoreCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Restores;
}
