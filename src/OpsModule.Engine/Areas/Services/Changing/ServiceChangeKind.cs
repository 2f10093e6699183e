using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Services.Changing;

/// <summary>What starting, stopping, restarting and scaling a service have in common.</summary>
internal abstract class ServiceChangeKind : ChangeKind
{
    /// <summary>Names of instances, in the journal: those that the change began with.</summary>
    protected const string Before = "before";

    public override string TargetOf(ChangePlan plan) => Target.Service(NameOf(plan)).Path;

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) =>
        [ServicePlanner.Identity(await FindAsync(context, plan, cancellationToken).ConfigureAwait(false))];

    public override string WhenStopped(ChangePlan plan) =>
        $"{plan.Action} of {NameOf(plan)} was stopped; Get-OpsService {NameOf(plan)} shows how it is.";

    /// <summary>The service as it is now.</summary>
    /// <exception cref="OpsException"><c>ServiceNotFound</c>, <c>PlanInvalid</c> for a pattern, or a name in another case.</exception>
    protected static async Task<ServiceRecord> FindAsync(OpsContext context, ChangePlan plan, CancellationToken cancellationToken)
    {
        IReadOnlyList<ServiceRecord> found = await context.Platform().ListAsync([NameOf(plan)], cancellationToken).ConfigureAwait(false);
        return found is [var one] && one.Name == NameOf(plan) ? one : throw ChangeErrors.PlanInvalid.Make(
            $"The plan names the service {NameOf(plan)}, and that is the whole name of none.", "Make the plan anew.", plan.Target);
    }

    /// <summary>The service's name.</summary>
    protected static string NameOf(ChangePlan plan) => plan.Arguments[ServicePlanner.Service];

    /// <summary>How long an instance may take to end; null for what its maker gave it.</summary>
    protected static TimeSpan? GraceOf(ChangePlan plan) => ServicePlanner.Duration(plan, ServicePlanner.Grace);

    /// <summary>What is noted of the service before it is changed.</summary>
    protected static Dictionary<string, string> Note(ServiceRecord service, Func<ServiceInstance, bool> which) => new()
    {
        ["was"] = ServiceText.Of(service), [Before] = string.Join(' ', service.Instances.Where(which).Select(i => i.Id)),
    };

    /// <summary>The service with only those instances that were noted, or with only the others.</summary>
    protected static ServiceRecord OnlyNoted(ServiceRecord service, ChangeRun run, bool others = false)
    {
        string[] noted = run.Data.GetValueOrDefault(Before, "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // What the file wants is of the whole: of a part nothing is missing.
        return service with { Instances = [.. service.Instances.Where(i => noted.Contains(i.Id) != others)], Declared = null };
    }

    /// <summary>The service after a change, for the journal and the cmdlet.</summary>
    protected static Task<ChangeResult> AfterAsync(ChangeRun run, CancellationToken cancellationToken) => AfterAsync(run, null,
        cancellationToken);

    private static async Task<ChangeResult> AfterAsync(ChangeRun run, int? asked, CancellationToken cancellationToken)
    {
        ServiceRecord after = await FindAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        // Containers are counted against the file, which wants another number than this change.
        if (asked is { } wanted && after.Declared is not null) after = after with { Wanted = wanted };
        return new ChangeResult(ServiceText.Of(after), after);
    }

    /// <summary>The same, where it is to run: one that has ended again at once is an error.</summary>
    protected static Task<ChangeResult> StartedAsync(ChangeRun run, CancellationToken cancellationToken) => StartedAsync(run, null,
        cancellationToken);

    /// <summary>The same, where another number than the file's was asked for.</summary>
    protected static async Task<ChangeResult> StartedAsync(ChangeRun run, int? asked, CancellationToken cancellationToken)
    {
        ChangeResult result = await AfterAsync(run, asked, cancellationToken).ConfigureAwait(false);
        if (result.Value is ServiceRecord { State: ServiceState.Down, IsUpdating: false } after && after.Instances.Any(i =>
            i.State is InstanceState.Exited or InstanceState.Restarting))
            throw new OpsException("ServiceDown", OpsErrorCategory.InvalidOperation,
                $"{after.Name} was started and does not run: {result.Summary}.", $"See what it says: Get-OpsLog {after.Name} -Tail 50.",
                after);
        return result;
    }

    /// <summary>What runs of it, however badly.</summary>
    protected static bool Runs(ServiceInstance instance) =>
        instance.State is InstanceState.Running or InstanceState.Paused or InstanceState.Restarting;
}
