using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes volumes of the compose file.</summary>
public sealed class VolumeCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Volumes;
}
