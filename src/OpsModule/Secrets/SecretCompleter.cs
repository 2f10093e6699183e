using OpsModule.Completion;
using OpsModule.Engine.Completion;

namespace OpsModule.Secrets;

/// <summary>Completes secrets of the environment, by their names.</summary>
public sealed class SecretCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Secrets;
}
