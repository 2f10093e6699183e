using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes certificates.</summary>
public sealed class CertificateCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Certificates;
}
