using System.Management.Automation;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Showing;

namespace OpsModule.Secrets;

/// <summary>
/// Proves that the values that count now are the ones that are used: all places hold one value, it is accepted, and the instances that run
/// have it. Nothing is changed.
/// </summary>
/// <remarks>
/// <para>What could not be seen, such as a file inside an instance, stands in Findings and is not counted as proven or as failed.</para>
/// </remarks>
/// <example>
/// <code>Test-OpsSecret | Assert-OpsResult</code>
/// <para>Ends with an error when one of them is not what is used.</para>
/// </example>
/// <example>
/// <code>(Test-OpsSecret db).Proofs</code>
/// <para>Shows how it was seen.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "OpsSecret")]
[OutputType(typeof(SecretTestResult))]
public sealed class TestOpsSecretCommand : OpsEnvironmentCmdlet
{
    /// <summary>The names in the environment file, in any case and with wildcards; all of them when it is left out.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SecretCompleter))]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        CheckPipedIsOfThis();
        foreach (string name in new SecretCatalog(Context).Choose(Name, Fail))
            await AttemptAsync(async () => Emit(await new SecretTester(Context).TestAsync(name, cancellationToken).ConfigureAwait(false)))
                .ConfigureAwait(false);
    }
}
