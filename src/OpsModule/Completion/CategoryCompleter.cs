using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Completion;

namespace OpsModule.Completion;

/// <summary>Completes categories of attacks.</summary>
public sealed class CategoryCompleter : NameCompleter
{
    private static IEnumerable<KnownName> All => Enum.GetNames<AttackCategory>().Order(StringComparer.Ordinal).Select(n => new KnownName(n, "category of attacks"));

    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => All;

    /// <inheritdoc/>
    protected override IEnumerable<KnownName> FindWithoutEnvironment(string folder, CompletionRequest request) => All;
}
