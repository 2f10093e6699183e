using System.Globalization;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Compose.Changing;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Areas.Rollouts.Clusters;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Limits;

/// <summary>Sets what instances of a service may use at most, and brings that out as an update is brought out.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class ServiceLimiter(OpsContext context)
{
    private const string Action = "Set-OpsService";
    private const long NanoCpus = 1_000_000_000;

    /// <summary>True where services are workloads of a cluster.</summary>
    public bool IsCluster => context.Platform().Rolling is IWorkloadRollout;

    /// <summary>Plans it; null when the service has these limits already.</summary>
    /// <exception cref="OpsException"><c>LimitUnsupported</c>, and what reading the service throws.</exception>
    public async Task<ChangePlan?> PlanAsync(ServiceRecord service, ServiceLimits limits, RolloutOptions options,
        CancellationToken cancellationToken) =>
        context.Platform().Rolling switch
        {
            IWorkloadRollout cluster => limits is { LogBytes: null, LogFiles: null }
                ? await new WorkloadPlanner(context, cluster).PlanLimitsAsync(service.Name, limits.ClusterMemory, limits.ClusterCpu,
                    options, cancellationToken).ConfigureAwait(false)
                : throw LimitErrors.LimitUnsupported.Make(
                    $"How output of {service.Name} is kept decides the node that it is on, not the workload.",
                    "Set containerLogMaxSize and containerLogMaxFiles of the kubelet.", service.Name),
            IInstanceRollout => await PlanFileAsync(service, limits, cancellationToken).ConfigureAwait(false),
            _ => throw LimitErrors.LimitUnsupported.Make($"Limits of {service.Name} cannot be set on {context.Platform().Description}.",
                "Set MemoryMax and CPUQuota of its unit (systemctl edit).", service.Name),
        };

    /// <summary>
    /// Makes the planned change. Of containers, their new limits are written first, and an update brings them out; when that fails, the
    /// file is as
    /// before.
    /// </summary>
    /// <returns>What came of the rollout; null when it waits.</returns>
    public async Task<RolloutResult?> RunAsync(ServiceRecord service, ChangePlan plan, RolloutOptions options,
        CancellationToken cancellationToken)
    {
        var runner = new ChangeRunner(context);
        ChangeResult? made = await runner.RunAsync(plan, cancellationToken).ConfigureAwait(false);
        if (plan.Kind != WriteLimits.KindName || made?.Change is not { } change) return made?.Value as RolloutResult;
        try
        {
            // Who sets limits asks for no other version, not even for the one that the files name meanwhile.
            ChangePlan update = await new RolloutPlanner(context).PlanAsync(service.Name, options with { KeepsImage = true }, Action,
                cancellationToken)
                .ConfigureAwait(false)
                ?? throw NotApplied(service.Name, "the compose files come to the same as before");
            var result = (await runner.RunAsync(update, cancellationToken).ConfigureAwait(false))?.Value as RolloutResult;
            await ProveAsync(service.Name, ComposeLimit.Parse(plan.Arguments[WriteLimits.Limits]), cancellationToken).ConfigureAwait(false);
            return result;
        }
        catch (OpsException e) when (!LimitErrors.LimitNotApplied.Is(e) && context.Journal.FindUnfinished()
            .All(u => u.Target != plan.Target))
        {
            await runner.UndoAsync(context.Journal.Find(change)!, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<ChangePlan?> PlanFileAsync(ServiceRecord service, ServiceLimits limits, CancellationToken cancellationToken)
    {
        var file = new ComposeLimits(context.Environment.Platform);
        if (limits is not { LogBytes: null, LogFiles: null } && file.WhyNoLog(service.Name) is { } driver)
            throw LimitErrors.LimitUnsupported.Make($"The output of {service.Name} goes to {driver}, which keeps it in its own way.",
                "Limit it there, or take the log driver json-file or local.", service.Name);
        ComposeLimit asked = new(limits.MemoryBytes, limits.CpuMillis is { } millis ? millis / 1000m : null, limits.LogBytes,
            limits.LogFiles);
        ComposeLimit now = WriteLimits.Of(file, service.Name), wanted = asked.Over(now);
        if (wanted == now && await HasAsync(service, wanted, cancellationToken).ConfigureAwait(false)) return null;
        string name = Path.GetFileName(file.Path);
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = WriteLimits.KindName, Action = Action, Target = Target.Service(service.Name)
                .Path,
            Summary = $"Limit each instance of {service.Name} ({limits}) in {name}, and bring that out",
            Arguments = new Dictionary<string, string> { [WriteLimits.Service] = service.Name, [WriteLimits.Limits] = wanted.ToString() },
            Identities = [WriteLimits.Identity(context, service.Name)], PlannedAt = context.Time.GetUtcNow(),
            Steps = [new PlannedStep("write", $"Write {file.Path}."), new PlannedStep("update",
                "Bring it out as Update-OpsService does, a change of its own.")],
            Figures = [new PlanFigure("in the file", now.ToString())],
                Undo = "the file says of it what it said before; containers have that when they are made anew",
            Warnings = [$"Who runs 'docker compose up' without {name} takes the limits away again: "
                + $"name it in .env (COMPOSE_FILE={file.WithOthers}), or move them into the compose file."],
        };
    }

    /// <summary>What was asked for must be seen of what runs.</summary>
    private async Task ProveAsync(string service, ComposeLimit wanted, CancellationToken cancellationToken)
    {
        ServiceRecord now = (await context.Platform().ListAsync([service], cancellationToken).ConfigureAwait(false))[0];
        if (await HasAsync(now, wanted, cancellationToken).ConfigureAwait(false)) return;
        IReadOnlyList<InstanceFacts> running = await RunningAsync(service, cancellationToken).ConfigureAwait(false);
        throw NotApplied(service, $"its instances have {string.Join(", ", running.Select(i => Show(i.Settings)))}");
    }

    /// <summary>Whether all that runs has these limits; how much of processors an instance may use is not told by a listing.</summary>
    private async Task<bool> HasAsync(ServiceRecord service, ComposeLimit wanted, CancellationToken cancellationToken) =>
        service.Instances.Where(i => i.State == InstanceState.Running).All(i =>
            (wanted.Memory is null || i.MemoryLimitBytes == wanted.Memory)
            && (wanted.LogMaxSize is null || i.LogKeeping?.MaxSize == $"{wanted.LogMaxSize}b")
            && (wanted.LogMaxFile is null || i.LogKeeping?.MaxFiles == $"{wanted.LogMaxFile}"))
        && (wanted.Cpus is null || (await RunningAsync(service.Name, cancellationToken).ConfigureAwait(false))
            .All(i => i.Settings.NanoCpus == wanted.Cpus * NanoCpus));

    private async Task<IReadOnlyList<InstanceFacts>> RunningAsync(string service, CancellationToken cancellationToken) =>
        [.. (await RevisionLister.Rolling(context, service).ListAsync(service, cancellationToken).ConfigureAwait(false))
            .Where(i => i.Instance.State == InstanceState.Running)];

    private static string Show(InstanceSettings settings) => string.Create(CultureInfo.InvariantCulture,
        $"{(settings.MemoryBytes == 0 ? "no limit of memory" : $"{settings.MemoryBytes} bytes")} and "
        + $"{(settings.NanoCpus == 0 ? "no limit of processors" : $"{(decimal)settings.NanoCpus / NanoCpus} processors")}");

    private static OpsException NotApplied(string service, string why) => LimitErrors.LimitNotApplied.Make(
        $"The limits of {service} were written, and did not come into force: {why}.",
        "Does another compose file, or a profile, say something else? docker compose config shows what comes of them.", service);
}
