using OpsModule.Completion;
using OpsModule.Engine.Completion;

namespace OpsModule.Rollouts;

/// <summary>Completes proxies.</summary>
public sealed class ProxyCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Proxies;
}
