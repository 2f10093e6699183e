using System.Management.Automation;
using OpsModule.Engine.Attacks.Rules;

namespace OpsModule.Attacks;

/// <summary>Shows the rules by which attacks are found: those of the module, and your own.</summary>
/// <remarks>
/// <para>A rule says where it looks, in which form, what must be there, how sure and how grave that is, and has examples of what it finds and
/// what it must not find. The property File tells where it stands.</para>
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
/// <code>Get-OpsAttackRule -RulePath rules/shop.yaml</code>
/// <para>The rules of the module and those of a file of your own, as Find-OpsAttackPattern -RulePath uses them.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsAttackRule")]
[OutputType(typeof(AttackRule))]
public sealed class GetOpsAttackRuleCommand : OpsCmdlet
{
    /// <summary>Only these, with the wildcards * and ?.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(AttackNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Id { get; set; }

    /// <summary>Only those of these categories, with the wildcards * and ?.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(AttackNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Category { get; set; }

    /// <summary>Files or folders with rules of your own, besides those of the module.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? RulePath { get; set; }

    /// <inheritdoc/>
    protected override Task EndAsync(CancellationToken cancellationToken)
    {
        string[]? paths = RulePath?.Select(p => System.IO.Path.GetFullPath(p, Output.CurrentDirectory)).ToArray();
        foreach (AttackRule rule in RuleSelection.Choose(RuleSelection.All(paths), Id, Category)) Emit(rule);
        return Task.CompletedTask;
    }
}
