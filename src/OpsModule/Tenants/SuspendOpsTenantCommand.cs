using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Areas.Tenants.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Tenants;

/// <summary>
/// Cuts a tenant off by all that the environment file declares, and sees each instance of the application refuse it while others are
/// served.
/// </summary>
/// <remarks>
/// <para>Before anything is done each declared request (tenants.proof) has to be served: one that is refused anyway would prove nothing.
/// All that lifting needs is kept, the privileges of a schema byte for byte. What fails on the way is taken back. Where everything is done
/// and an instance serves the tenant still, it stays cut off, the instance is named, and the change stays open: Resume-OpsChange proves it
/// once more.</para>
/// <para>With -For it is lifted by the entry of the schedule that runs 'Resume-OpsChange -Due'; without one that runs, -For is refused.
/// Test-OpsHealth tells of a suspension that was not lifted in time, and of an instance that came later and serves the tenant. Of a tenant
/// that is suspended already each instance is asked again, and where one serves it, it is cut off once more; without -For an end that it
/// had is taken away, which the plan and the result say.</para>
/// </remarks>
/// <example>
/// <code>Suspend-OpsTenant demo -Reason 'leaked credentials' | Assert-OpsResult</code>
/// <para>Cuts a tenant off until Resume-OpsTenant.</para>
/// </example>
/// <example>
/// <code>Suspend-OpsTenant demo -For 2h -WhatIf | Select-Object -ExpandProperty Steps</code>
/// <para>Shows what would be done, and which entry of the schedule would lift it.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Suspend, "OpsTenant", SupportsShouldProcess = true)]
[OutputType(typeof(TenantRecord), typeof(ChangePlan))]
public sealed class SuspendOpsTenantCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>The tenants, by the names that the application has. No wildcards: nobody is cut off by a pattern.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string[] Tenant { get; set; } = [];

    /// <summary>Why, for the journal and Get-OpsTenant.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Reason { get; set; }

    /// <summary>For how long; until Resume-OpsTenant when it is left out.</summary>
    [Parameter]
    [Duration(Least = "1m", Most = "365d")]
    public TimeSpan? For { get; set; }

    /// <summary>
    /// Suspends without proofs, in an emergency: when a token of a proof is missing, or an instance does not answer. The result is bad,
    /// since nobody has seen that the tenant is refused.
    /// </summary>
    [Parameter]
    public SwitchParameter SkipProof { get; set; }

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
        foreach (string tenant in Tenant.Distinct(StringComparer.Ordinal))
            await AttemptAsync(() => SuspendAsync(tenant, cancellationToken)).ConfigureAwait(false);
    }

    private async Task SuspendAsync(string tenant, CancellationToken cancellationToken)
    {
        var options = new SuspendOptions { Reason = Reason, For = For, SkipProof = SkipProof };
        ChangePlan? plan = await new SuspendPlanner(Context).PlanAsync(tenant, options, "Suspend-OpsTenant", cancellationToken)
            .ConfigureAwait(false);
        if (plan is null)
        {
            Verbose($"{tenant} is suspended already.");
            if (!IsWhatIf && PlanFile is null) Emit(new TenantCatalog(Context).Find(tenant));
            return;
        }
        if (!await AskAsync(plan).ConfigureAwait(false)) return;
        var runner = new ChangeRunner(Context);
        try { await runner.RunAsync(plan, cancellationToken).ConfigureAwait(false); }
        finally
        {
            // Also of one that waits for its time, or that somebody serves still. Where all was taken back nothing comes: a record of a
            // tenant that is served would look well to Assert-OpsResult.
            if (runner.Latest is not null && new TenantCatalog(Context).Find(tenant) is { Status: not TenantStatus.Active } made)
                Emit(made);
        }
    }
}
