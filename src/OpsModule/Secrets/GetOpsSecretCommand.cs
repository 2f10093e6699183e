using System.Management.Automation;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Showing;

namespace OpsModule.Secrets;

/// <summary>
/// Shows the secrets of the environment: what each is, when it was rotated last, when it is due, and where its value stands. Never a value.
/// </summary>
/// <remarks>
/// <para>The fingerprint is the same for the same value, and tells nothing of it without the key in the state folder. A secret whose last
/// rotation is not known is Unknown, and not Overdue: nobody can tell how old its value is.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsSecret</code>
/// <para>Shows all of them.</para>
/// </example>
/// <example>
/// <code>Get-OpsSecret | Where-Object Status -eq Overdue | Invoke-OpsSecretRotation</code>
/// <para>Rotates what is overdue. Of what others make a result says that people have to hand it in (NeedsPeople).</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsSecret")]
[OutputType(typeof(SecretRecord))]
public sealed class GetOpsSecretCommand : OpsEnvironmentCmdlet
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
        var catalog = new SecretCatalog(Context);
        foreach (SecretRecord record in await catalog.ListAsync(catalog.Choose(Name, Fail), reads: true,
            cancellationToken).ConfigureAwait(false))
            Emit(record);
    }
}
