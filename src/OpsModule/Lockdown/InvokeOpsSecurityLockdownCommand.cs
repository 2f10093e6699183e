using System.Management.Automation;
using OpsModule.Engine.Areas.Lockdown;
using OpsModule.Engine.Areas.Lockdown.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Lockdown;

/// <summary>
/// Locks an environment down after a breach: keeps evidence first, then revokes all API keys, rotates the secrets that sessions are made
/// with, ends sessions, issues emergency keys and tells people; and says what is still open.
/// </summary>
/// <remarks>
/// <para>Evidence (logs, sessions, the journal, matches of attacks) is encrypted while it is written, to backups.encryption.recipients; its
/// hash stands in the journal. When it cannot be kept nothing else is done. After that a part that fails keeps none of the others from
/// being done: the change stays open, and Resume-OpsChange does what is missing, also after a kill. Nothing of a lockdown is taken
/// back.</para>
/// <para>What it does is declared in the section lockdown of the environment file. A part for which nothing is declared is told, and so is
/// one that was left out.</para>
/// </remarks>
/// <example>
/// <code>Invoke-OpsSecurityLockdown -Reason 'a key was found in a public repository' -Confirm:$false | Assert-OpsResult</code>
/// <para>Locks down; the exit code of a script tells whether something is open.</para>
/// </example>
/// <example>
/// <code>Invoke-OpsSecurityLockdown -Reason 'exercise' -WhatIf | Select-Object -ExpandProperty Warnings</code>
/// <para>Shows what would be done, and what would stay open.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "OpsSecurityLockdown", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(LockdownResult), typeof(ChangePlan))]
public sealed class InvokeOpsSecurityLockdownCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>Why, for the journal, the evidence and those who are told.</summary>
    [Parameter(Position = 0, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Reason { get; set; } = "";

    /// <summary>What is left out: Evidence, Keys, Secrets, Sessions, EmergencyKeys, Alert.</summary>
    [Parameter]
    public LockdownPart[] Skip { get; set; } = [];

    /// <summary>From when on logs are kept; what the environment file says (lockdown.evidence.since) when it is left out.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Since { get; set; }

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
        ChangePlan plan = await new LockdownPlanner(Context).PlanAsync(Reason, Since, Skip, "Invoke-OpsSecurityLockdown", cancellationToken)
            .ConfigureAwait(false);
        if (!await AskAsync(plan).ConfigureAwait(false)) return;
        var runner = new ChangeRunner(Context);
        try { await runner.RunAsync(plan, cancellationToken).ConfigureAwait(false); }
        finally
        {
            if (runner.Latest is { } change && new LockdownReport(Context).Of(change) is { } result) Emit(result);
        }
    }
}
