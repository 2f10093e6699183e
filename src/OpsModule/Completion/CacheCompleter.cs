using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes caches.</summary>
public sealed class CacheCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Caches;
}
