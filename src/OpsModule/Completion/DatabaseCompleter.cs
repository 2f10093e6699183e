using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes databases.</summary>
public sealed class DatabaseCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Databases;
}
