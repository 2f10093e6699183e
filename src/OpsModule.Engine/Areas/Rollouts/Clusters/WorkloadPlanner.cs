using System.Globalization;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Clusters;

/// <summary>Plans how a workload of a cluster gets another image, other limits, or goes back to a revision.</summary>
/// <param name="context">The environment and what goes with it.</param>
/// <param name="rollout">The cluster.</param>
public sealed class WorkloadPlanner(OpsContext context, IWorkloadRollout rollout)
{
    /// <summary>So long a rollout may come no further where neither the caller, the file nor the workload says it: the cluster's own
    /// measure.</summary>
    private static readonly TimeSpan UsualStall = TimeSpan.FromMinutes(10);

    /// <summary>What matters for an update, without one.</summary>
    /// <exception cref="OpsException">What reading the workload throws.</exception>
    public async Task<IReadOnlyList<RolloutFinding>> CheckAsync(string service, RolloutOptions options, CancellationToken cancellationToken)
    {
        WorkloadRecord workload = await rollout.ReadAsync(service, cancellationToken).ConfigureAwait(false);
        WorkloadEdit edit = options is { Image: null, Tag: null, Digest: null }
            ? new WorkloadEdit(workload.Containers[0].Name, workload.Containers[0].Image)
            : WorkloadChoice.Of(workload, options);
        return await FindAsync(workload, edit, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Plans an update; null when the workload asks for that image already.</summary>
    /// <exception cref="OpsException"><c>RolloutRefused</c>, <c>WorkloadUnsupported</c>, <c>WorkloadContainerUnknown</c>.</exception>
    public async Task<ChangePlan?> PlanAsync(string service, RolloutOptions options, string action, CancellationToken cancellationToken)
    {
        if (options.ToRevision is not null) return await PlanBackAsync(service, options, action, cancellationToken).ConfigureAwait(false);
        WorkloadRecord workload = await rollout.ReadAsync(service, cancellationToken).ConfigureAwait(false);
        WorkloadEdit edit = WorkloadChoice.Of(workload, options);
        WorkloadContainer container = workload.Containers.First(c => c.Name == edit.Container);
        if (container.Image == edit.Image) return null;
        return await PlanEditAsync(workload, edit, options, action,
            $"Replace {Instances(workload)} of {service} by ones of {edit.Image} (was {container.Image})", cancellationToken)
                .ConfigureAwait(false);
    }

    /// <summary>Plans other limits; null when it has them already.</summary>
    /// <exception cref="OpsException">As the other.</exception>
    public async Task<ChangePlan?> PlanLimitsAsync(string service, string? memory, string? cpu, RolloutOptions options,
        CancellationToken cancellationToken)
    {
        WorkloadRecord workload = await rollout.ReadAsync(service, cancellationToken).ConfigureAwait(false);
        WorkloadContainer container = WorkloadChoice.Container(workload, options.Container, null);
        string[] changed = [.. new[] { ("memory", memory), ("cpu", cpu) }.Where(a => a.Item2 is { } to
            && container.Limits.GetValueOrDefault(a.Item1) != to)
            .Select(a => $"{a.Item1} {container.Limits.GetValueOrDefault(a.Item1) ?? "without a limit"} -> {a.Item2}")];
        if (changed.Length == 0) return null;
        return await PlanEditAsync(workload, new WorkloadEdit(container.Name, null, memory, cpu), options, "Set-OpsService",
            $"Replace {Instances(workload)} of {service} by ones whose container {container.Name} may use: {string.Join(", ", changed)}",
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Plans to go back to a revision, the one before unless another is named; null when it is there already.</summary>
    /// <exception cref="OpsException"><c>RevisionNotFound</c>, and as the other.</exception>
    public async Task<ChangePlan?> PlanBackAsync(string service, RolloutOptions options, string action, CancellationToken cancellationToken)
    {
        WorkloadRecord workload = await rollout.ReadAsync(service, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<WorkloadRevision> known = await rollout.RevisionsAsync(workload, cancellationToken).ConfigureAwait(false);
        WorkloadRevision back = (options.ToRevision is { } asked ? known.FirstOrDefault(r => r.Number == asked)
            : known.FirstOrDefault(r => !r.IsCurrent && r.Number < (workload.Revision ?? long.MaxValue)))
            ?? throw RolloutErrors.RevisionNotFound.Make(
                options.ToRevision is { } none
                    ? $"{service} has no revision {none} any more: the cluster keeps {workload.RevisionLimit} older ones."
                    : $"{service} has no revision before this one: the cluster keeps {workload.RevisionLimit} older ones.",
                $"There are: {string.Join(", ", known.Select(r => r.Number))}. An image that is known can be brought out with -Image.",
                    service);
        if (back.IsCurrent) return null;
        // Going back is what ends a rollout that comes no further: that it is under way keeps nothing.
        RolloutFinding[] findings = [.. (await FindAsync(workload, new WorkloadEdit(workload.Containers[0].Name,
            workload.Containers[0].Image), options,
            cancellationToken).ConfigureAwait(false)).Where(f => f.Code is not ("UnderWay" or "FailedBefore"))];
        string[] differs = [.. rollout.Compare(known.FirstOrDefault(r => r.IsCurrent) ?? back, back).Select(d => d.ToString())];
        return Plan(workload, Arguments(workload, options) with { Revision = back.Name }, findings, action,
            $"Replace {Instances(workload)} of {service} by ones of revision {back.Number} ({back.ImageText})",
            [.. differs.Take(20).Select(d => new PlanFigure("changes", d))]);
    }

    /// <summary>What a workload must still be when it is changed.</summary>
    internal static IReadOnlyList<PlanIdentity> Identify(WorkloadRecord workload) =>
    [
        new PlanIdentity($"{workload.Kind} {workload.Service}", workload.Uid),
        new PlanIdentity($"images of {workload.Service}", workload.Images),
        new PlanIdentity($"revision of {workload.Service}", workload.Revision?.ToString(CultureInfo.InvariantCulture) ?? "none"),
        new PlanIdentity($"limits of {workload.Service}", Limits(workload)),
    ];

    /// <summary>The limits of all containers, in words that stay the same as long as they do.</summary>
    internal static string Limits(WorkloadRecord workload) => string.Join(' ',
        workload.Containers.OrderBy(c => c.Name, StringComparer.Ordinal)
        .SelectMany(c => c.Limits.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{c.Name}.{l.Key}={l.Value}")))
        is { Length: > 0 } some ? some : "none";

    private async Task<ChangePlan> PlanEditAsync(WorkloadRecord workload, WorkloadEdit edit, RolloutOptions options, string action,
        string summary,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<RolloutFinding> findings = await FindAsync(workload, edit, options, cancellationToken).ConfigureAwait(false);
        return Plan(workload, Arguments(workload, options) with { Edit = edit }, findings, action, summary, []);
    }

    private ChangePlan Plan(WorkloadRecord workload, WorkloadArguments arguments, IReadOnlyList<RolloutFinding> findings, string action,
        string summary,
        IReadOnlyList<PlanFigure> figures)
    {
        RolloutFinding[] refused = [.. findings.Where(f => f.Effect == RolloutEffect.Refused)];
        if (refused.Length > 0)
            throw RolloutErrors.RolloutRefused.Make(
                $"{workload.Service} is left as it is: {string.Join(" ", refused.Select(f => f.Words))}",
                refused.Select(f => f.Remedy).FirstOrDefault(r => r is not null) ?? "See Test-OpsServiceUpdate.", workload.Service);
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = RollOutWorkload.KindName, Action = action,
                Target = Target.Service(workload.Service).Path,
            Summary = summary, Arguments = arguments.Write(), Identities = Identify(workload), PlannedAt = context.Time.GetUtcNow(),
            Figures = [new PlanFigure("is now",
                $"revision {workload.Revision?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}: {workload.Images}"), .. figures],
            Warnings = [.. findings.Where(f => f.Effect == RolloutEffect.StopFirst
                || (f.Effect != RolloutEffect.Refused && f.Remedy is not null))
                .Select(f => f.Remedy is { } remedy ? $"{f.Words} {remedy}" : f.Words)],
            Steps =
            [
                new PlannedStep("lock", "Take the Lease of the service in its namespace."),
                new PlannedStep("edit", $"{summary}: ask the cluster for it."),
                new PlannedStep("roll-out", "Follow until every instance is new and ready, or go back."),
                .. arguments.Probe is null ? Array.Empty<PlannedStep>() : [new PlannedStep("probe", "Ask the new instances.")],
                .. arguments.Watch == TimeSpan.Zero ? Array.Empty<PlannedStep>()
                    : [new PlannedStep("watch", "Watch the new instances, or go back.")],
            ],
            Undo = workload.Revision is { } revision ? $"it goes back to revision {revision}, as long as the cluster keeps that"
                : "the images and limits of before are asked for again",
        };
    }

    private async Task<IReadOnlyList<RolloutFinding>> FindAsync(WorkloadRecord workload, WorkloadEdit edit, RolloutOptions options,
        CancellationToken cancellationToken)
    {
        var findings = (await rollout.CheckAsync(workload, edit, cancellationToken).ConfigureAwait(false))
            .Select(f => Finding(workload.Service, f)).ToList();
        if (options.Build)
            findings.Add(new RolloutFinding(workload.Service, "BuildUnsupported", RolloutEffect.Refused,
                "Images are not built in a cluster.",
                "Build and push it, then give -Image or -Tag."));
        if (Settings(workload.Service)?.Migrate is { } migrate)
            findings.Add(new RolloutFinding(workload.Service, "MigrateUnsupported", RolloutEffect.Refused,
                $"The environment file wants {migrate} run with an update, and on Kubernetes nothing runs it.",
                "Let a Job or an init container run it, and take migrate: out of the environment file."));
        if (options.Strategy is { } strategy and not RolloutStrategy.Auto)
            findings.Add(new RolloutFinding(workload.Service, "StrategyOfCluster", strategy == RolloutStrategy.BlueGreen
                ? RolloutEffect.Refused : RolloutEffect.Told,
                $"In what order instances are replaced says the {workload.Kind} ({workload.Strategy}), not -Strategy.",
                "Change spec.strategy of the workload, or leave -Strategy out."));
        string[] idle = [.. new (string Name, bool IsGiven)[]
        {
            ("-BatchSize", options.BatchSize is not null), ("-Proxy", options.Proxy is not null and not "auto" and not "none"),
            ("-DrainTimeout", options.DrainTimeout is not null), ("-Keep", options.Keep is not null), ("-Pull", options.Pull),
            ("rollout: proxy", Settings(workload.Service)?.Rollout?.Proxy is not null and not "none"),
        }.Where(g => g.IsGiven).Select(g => g.Name)];
        if (idle.Length > 0)
            findings.Add(new RolloutFinding(workload.Service, "MeansNothingHere", RolloutEffect.Told,
                $"{string.Join(", ", idle)} means nothing on Kubernetes: the cluster's own controllers and Services do that.",
                "Set it in the workload, or leave it out."));
        if (edit.Image is { } image && ImageText.Of(image).Digest is null)
            findings.Add(new RolloutFinding(workload.Service, "TagOnly", RolloutEffect.Told,
                $"{image} is a tag, which may be moved: instances that start later, or on other nodes, may run another image. "
                    + "-Digest pins it."));
        await LockFindingAsync(workload, findings, cancellationToken).ConfigureAwait(false);
        return [.. findings.Select(f => f with { Environment = context.Environment.Name })];
    }

    private async Task LockFindingAsync(WorkloadRecord workload, List<RolloutFinding> findings, CancellationToken cancellationToken)
    {
        try
        {
            LeaseRecord? lease = await rollout.ReadLeaseAsync(NamespaceLock.NameOf(workload.Service), cancellationToken)
                .ConfigureAwait(false);
            if (lease is not null && NamespaceLock.IsHeld(lease, context.Time.GetUtcNow()))
                findings.Add(new RolloutFinding(workload.Service, "Locked", RolloutEffect.Refused, NamespaceLock.Words(lease),
                    "Wait for its end."));
        }
        catch (OpsException e) when (e.ErrorId == "ClusterForbidden")
        {
            findings.Add(new RolloutFinding(workload.Service, "LockUnseen", RolloutEffect.Told,
                $"Nothing keeps another machine from rolling it out at the same time: {e.Message}", e.RecommendedAction));
        }
    }

    private WorkloadArguments Arguments(WorkloadRecord workload, RolloutOptions options)
    {
        RolloutSettings? file = Settings(workload.Service)?.Rollout;
        RolloutOptions all = options.Over(file);
        return new WorkloadArguments
        {
            Service = workload.Service, Reason = options.Reason, Probe = all.Probe, Endpoint = Settings(workload.Service)?.Health,
                Watch = all.Watch ?? TimeSpan.Zero,
            // The workload's own deadline is more than what is built in.
            Stall = options.HealthTimeout ?? file?.Health ?? workload.ProgressDeadline ?? UsualStall,
            MaxErrorRate = all.MaxErrorRate ?? 0.01, MaxLatency = all.MaxLatencyP95, MinRequests = all.MinRequests ?? 50,
        };
    }

    private Environments.ServiceSettings? Settings(string service) => context.Environment.Services.GetValueOrDefault(service);

    private static RolloutFinding Finding(string service, WorkloadFinding found) => new(service,
        string.Concat(found.Id.Split('-').Select(p => char.ToUpperInvariant(p[0]) + p[1..])), found.Severity switch
        {
            WorkloadFindingSeverity.Refused => RolloutEffect.Refused,
            _ when found.Id == "stop-first" => RolloutEffect.StopFirst,
            _ => RolloutEffect.Told,
        // What need not be minded is no warning: what could be done about it stands among its words.
        }, found.Severity == WorkloadFindingSeverity.Note && found.Action is { } action ? $"{found.Words} {action}" : found.Words,
        found.Severity == WorkloadFindingSeverity.Note ? null : found.Action);

    private static string Instances(WorkloadRecord workload) => workload.Replicas switch
    {
        null => "the instance on each node",
        1 => "1 instance",
        { } several => $"{several} instances",
    };
}
