using OpsModule.Completion;
using OpsModule.Engine.Completion;

namespace OpsModule.Keys;

/// <summary>Completes secrets of the environment that are keys of an API, by their names.</summary>
public sealed class ApiKeySecretCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.ApiKeySecrets;
}
