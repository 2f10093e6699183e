using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes receivers of alerts.</summary>
public sealed class ReceiverCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Receivers;
}
