using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Attacks;

/// <summary>Shows the rules by which attacks are found, and the rate rules by which they are too many: those of the module, and your own.</summary>
/// <remarks>
/// <para>A rule says where it looks, in which form, what must be there, how sure and how grave that is, and has examples of what it finds and
/// what it must not find. A rate rule says of what, by which key and within which time more than so many are too many. The property File tells where it stands.</para>
/// <para>Rules of attacks.rules in the environment file are among them, and rate rules are shown as attacks.rates there has changed them.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsAttackRule -Category SqlInjection</code>
/// <para>The rules for SQL injection.</para>
/// </example>
/// <example>
/// <code>Get-OpsAttackRule sqli-union* | Format-List</code>
/// <para>Everything about some rules, with their expressions and examples.</para>
/// </example>
/// <example>
/// <code>Get-OpsAttackRule *brute-force* | Format-List</code>
/// <para>What counts as brute force.</para>
/// </example>
/// <example>
/// <code>Get-OpsAttackRule -RulePath rules/shop.yaml</code>
/// <para>The rules of the module and those of a file of your own, as Find-OpsAttackPattern -RulePath uses them.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsAttackRule")]
[OutputType(typeof(AttackRule), typeof(RateRule))]
public sealed class GetOpsAttackRuleCommand : OpsEnvironmentCmdlet
{
    /// <summary>Only these, with the wildcards * and ?.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RuleCompleter))]
    public string[]? Id { get; set; }

    /// <summary>Only those of these categories, with the wildcards * and ?.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CategoryCompleter))]
    public string[]? Category { get; set; }

    /// <summary>Files or folders with rules of your own, besides those of the module and of attacks.rules in the environment file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? RulePath { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        AttackSettings settings = EnvironmentIfAny?.Attacks ?? new AttackSettings();
        RuleBook book = RuleBook.All([.. settings.Rules, .. ProviderPaths.Expand(RulePath)]).With(settings.Rates);
        RuleBook chosen = RuleSelection.Choose(book, Id, Category);
        foreach (AttackRule rule in chosen.Rules) Emit(rule);
        foreach (RateRule rate in chosen.Rates) Emit(rate);
        return Task.CompletedTask;
    }
}
