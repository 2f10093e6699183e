using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Showing;

namespace OpsModule.Tenants;

/// <summary>
/// Shows the tenants of the environment, and which of them are suspended: since when, why, until when, what lifts it, and what was seen.
/// </summary>
/// <remarks>
/// <para>Which tenants there are is told by tenants.names, by the table of tenants.suspend.flag and by the schemas of
/// tenants.suspend.schema. A tenant that something else keeps out is Active here: OpsModule has not suspended it.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsTenant | Where-Object Status -ne Active</code>
/// <para>Shows who is cut off.</para>
/// </example>
/// <example>
/// <code>Get-OpsTenant demo | Format-List</code>
/// <para>Shows what cuts it off, and what each instance was seen to answer.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsTenant")]
[OutputType(typeof(TenantRecord))]
public sealed class GetOpsTenantCommand : OpsEnvironmentCmdlet
{
    /// <summary>The tenants, in any case and with wildcards; all of them when it is left out.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string[]? Tenant { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        CheckPipedIsOfThis();
        foreach (TenantRecord record in await new TenantCatalog(Context).ListAsync(Tenant, Fail, cancellationToken).ConfigureAwait(false))
            Emit(record);
    }
}
