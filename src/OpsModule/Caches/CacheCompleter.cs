using OpsModule.Completion;
using OpsModule.Engine.Completion;

namespace OpsModule.Caches;

/// <summary>Completes caches.</summary>
public sealed class CacheCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Caches;
}
