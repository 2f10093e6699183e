using System.Management.Automation;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Changes;

/// <summary>
/// <para>Shows plans that -PlanFile has written: their steps, what must hold, whether it still does, and the hash that somebody
/// approves.</para>
/// </summary>
/// <remarks>
/// <para>A plan that was changed after it was written is an error. One that does not hold any more says what has moved; Assert-OpsResult
/// ends a
/// pipeline at it. Nothing is changed.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsPlan ./stop.json | Format-List</code>
/// <para>Shows one plan with all it says.</para>
/// </example>
/// <example>
/// <code>Get-OpsPlan plans/*.json | Assert-OpsResult</code>
/// <para>Ends with an error unless every plan could be carried out as it stands.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsPlan", DefaultParameterSetName = "Path")]
[OutputType(typeof(ChangePlan))]
public sealed class GetOpsPlanCommand : OpsPlanCmdlet
{
    /// <summary>Does not look whether the plan holds: no server is asked.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    /// <inheritdoc/>
    private protected override async Task TakeAsync(ChangePlan plan, CancellationToken cancellationToken) =>
        Emit(Offline ? plan : plan.Seen(await new ChangeRunner(Context).FindDriftAsync(plan, cancellationToken).ConfigureAwait(false)));
}
