using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes tenants, of the databases that are named.</summary>
public sealed class TenantCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Tenants(request.Texts("Name"));
}
