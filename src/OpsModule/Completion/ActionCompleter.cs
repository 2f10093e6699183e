using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes cmdlets that have changed something.</summary>
public sealed class ActionCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Actions;
}
