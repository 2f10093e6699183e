using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes what was changed.</summary>
public sealed class TargetCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Targets;
}
