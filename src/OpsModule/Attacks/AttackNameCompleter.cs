using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using OpsModule.Engine.Attacks;
using OpsModule.Engine.Attacks.Rules;

namespace OpsModule.Attacks;

/// <summary>Completes ids of the module's rules, and categories.</summary>
public sealed class AttackNameCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        IEnumerable<string> names = parameterName == "Category" ? Enum.GetNames<AttackCategory>() : commandName.StartsWith("Get", StringComparison.OrdinalIgnoreCase) ? RuleCatalog.Own.Select(r => r.Id).Concat(RateCatalog.Own.Select(r => r.Id)) : RuleCatalog.Own.Select(r => r.Id);
        return names.Where(n => n.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).Select(n => new CompletionResult(n));
    }
}
