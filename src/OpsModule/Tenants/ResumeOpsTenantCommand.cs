using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Areas.Tenants.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Tenants;

/// <summary>
/// Lets a tenant in again that Suspend-OpsTenant has cut off: everything that was taken away is as it was before.
/// </summary>
/// <remarks>
/// <para>The privileges of a schema come back byte for byte; where somebody has granted something meanwhile, that is told, and nothing is
/// mixed. Ended sessions and keys of caches come again by themselves. API keys that become valid again are named in the plan. That each
/// instance serves the tenant again is seen by the declared requests. A tenant that is not suspended stays as it is.</para>
/// </remarks>
/// <example>
/// <code>Resume-OpsTenant demo -Reason 'credentials replaced' | Assert-OpsResult</code>
/// <para>Lets it in again.</para>
/// </example>
/// <example>
/// <code>Get-OpsTenant | Where-Object Status -eq Overdue | Resume-OpsTenant</code>
/// <para>Lifts what was not lifted in time.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Resume, "OpsTenant", SupportsShouldProcess = true)]
[OutputType(typeof(TenantRecord), typeof(ChangePlan))]
public sealed class ResumeOpsTenantCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>The tenants, with wildcards for those that are suspended.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string[] Tenant { get; set; } = [];

    /// <summary>Why, for the journal.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Reason { get; set; }

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another person, as long as what it was made for is still there. Several changes of one call become one plan, which
    /// is carried out whole or not at all.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        CheckPipedIsOfThis();
        foreach (string tenant in new TenantCatalog(Context).ChooseSuspended(Tenant, Fail))
            await AttemptAsync(() => ResumeAsync(tenant, cancellationToken)).ConfigureAwait(false);
    }

    private async Task ResumeAsync(string tenant, CancellationToken cancellationToken)
    {
        ChangePlan? plan = await new ResumePlanner(Context).PlanAsync(tenant, Reason, "Resume-OpsTenant", cancellationToken)
            .ConfigureAwait(false);
        if (plan is null)
        {
            Verbose($"{tenant} is not suspended.");
            if (!IsWhatIf && PlanFile is null) Emit(new TenantCatalog(Context).Find(tenant));
            return;
        }
        if (await AskAsync(plan).ConfigureAwait(false)
            && (await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false))?.Value is { } made) Emit(made);
    }
}
