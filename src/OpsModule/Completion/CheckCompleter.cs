using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes checks and groups of checks.</summary>
public sealed class CheckCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Checks;
}
