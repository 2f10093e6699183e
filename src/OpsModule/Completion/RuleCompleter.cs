using OpsModule.Engine.Completion;
using OpsModule.Engine.Environments;

namespace OpsModule.Completion;

/// <summary>Completes ids of rules for attacks, of the module and of the environment; rate rules where they are shown.</summary>
public sealed class RuleCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) =>
        names.Rules.Where(r => r.About != "rate rule" || request.Command.StartsWith("Get", StringComparison.OrdinalIgnoreCase)).OrderBy(r => r.Name, StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override IEnumerable<KnownName> FindWithoutEnvironment(string folder, CompletionRequest request) => Find(new KnownNames(new OpsEnvironment { Name = "", Directory = folder, StateDirectory = folder }), request);
}
