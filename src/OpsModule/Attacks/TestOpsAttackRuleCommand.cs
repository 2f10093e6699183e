using System.Management.Automation;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Attacks;

/// <summary>Tests rules for attacks against their own examples, and tells how often each matches in a log and how long it takes there.</summary>
/// <remarks>
/// <para>A mistake in a rule file is a result with its line and column. With Assert-OpsResult a step fails when a file cannot be used or an example does not hold.</para>
/// <para>Examples of rate rules are held against all rules together: those of the files, of the module and of the environment.</para>
/// <para>Hits are those of any confidence, and the time is that of a scan of the logs with this rule alone, so that slow rules stand out.</para>
/// </remarks>
/// <example>
/// <code>Test-OpsAttackRule -RulePath rules/shop.yaml</code>
/// <para>Checks a rule file, in a build for example.</para>
/// </example>
/// <example>
/// <code>Test-OpsAttackRule rules/shop.yaml -Path /var/log/nginx/access.log</code>
/// <para>Also counts what each rule would find in a real log, to see how noisy it is.</para>
/// </example>
/// <example>
/// <code>Test-OpsAttackRule</code>
/// <para>Checks the rules of the module and of the environment.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "OpsAttackRule")]
[OutputType(typeof(RuleTestResult))]
public sealed class TestOpsAttackRuleCommand : OpsEnvironmentCmdlet
{
    /// <summary>Files or folders with rules, which may be piped; without it the rules of the module and of attacks.rules in the environment file are tested.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? RulePath { get; set; }

    /// <summary>Log files to count hits in: paths, folders, the wildcards * and ?; names that end in .gz and .zst are uncompressed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>Log files and folders, whose names are taken as they are: no character is a wildcard.</summary>
    [Parameter]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true, Literal = true)]
    public string[]? LiteralPath { get; set; }

    private protected override bool ReadsFiles => true;

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        string[]? rules = RulePath is null ? null : [.. ProviderPaths.Expand(RulePath)];
        IReadOnlyList<string>? logs = Path is null && LiteralPath is null ? null : LogFiles.Find([.. Path ?? [], .. LiteralPath ?? []], CurrentFolder);
        await foreach (RuleTestResult result in new RuleTest(EnvironmentIfAny?.Attacks, this, TimeProvider.System).RunAsync(rules, logs, cancellationToken).ConfigureAwait(false)) Emit(result);
    }
}
