using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes services.</summary>
public sealed class ServiceCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Services;
}
