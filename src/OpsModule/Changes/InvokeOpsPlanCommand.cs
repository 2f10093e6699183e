using System.Management.Automation;
using OpsModule.Engine.Areas.Recovery.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Changes;

/// <summary>
/// <para>Carries out plans that -PlanFile has written.</para>
/// </summary>
/// <remarks>
/// <para>Exactly what the plan says is done, by whoever runs it. First all that must hold is looked at; when something has moved, nothing
/// is done
/// (DriftDetected). The change stands in the journal with the plan's hash.</para>
/// </remarks>
/// <example>
/// <code>Stop-OpsService api -PlanFile ./stop.json; Invoke-OpsPlan ./stop.json</code>
/// <para>Plans a change, and carries it out.</para>
/// </example>
/// <example>
/// <code>Invoke-OpsPlan ./restore.json -Hash 5f0c...</code>
/// <para>Carries it out only when it is the plan that was approved.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "OpsPlan", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = "Path")]
[OutputType(typeof(JournalEntry))]
public sealed class InvokeOpsPlanCommand : OpsPlanCmdlet
{
    /// <summary>The hash of the plan that was approved (Get-OpsPlan shows it); another plan is refused.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Hash { get; set; }

    /// <inheritdoc/>
    private protected override async Task TakeAsync(ChangePlan plan, CancellationToken cancellationToken)
    {
        if (Hash is not null && !Hash.Equals(plan.Hash, StringComparison.OrdinalIgnoreCase))
            throw ChangeErrors.PlanInvalid.Make($"The plan's hash is {plan.Hash}, and {Hash} was approved: it is another plan.",
                "Read it (Get-OpsPlan), and have it approved anew.", plan.Target);
        new ChangeRunner(Context).Check(plan);
        // Its own words for the target may be somebody else's; the target itself is proven.
        if (!await AskAsync(plan with { Subject = null, Summary = Proven(plan) }).ConfigureAwait(false)) return;
        var runner = new ChangeRunner(Context);
        Task<ChangeResult?> Run() => runner.RunAsync(plan, cancellationToken);
        ChangeResult? result = DatabaseJobs.Of(plan.Action, plan.Target) is { } job ? await ObserveAsync(job, Run).ConfigureAwait(false)
            : await Run().ConfigureAwait(false);
        // One that waits has no result yet, and is shown as it waits.
        if ((result?.Change ?? runner.Latest) is { } id && Context.Journal.Find(id) is { } change) Emit(change);
    }

    /// <summary>What is proven of a plan, and the words that whoever made it has for that.</summary>
    private static string Proven(ChangePlan plan) => plan.Parts.Count == 0 ? $"{plan.Kind} on {plan.Target}: {plan.Summary}"
        : string.Join("; ", plan.Parts.Select(Proven));
}
