using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Connections.Platforms.Kubernetes.Reading;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>Rolls out the workloads of a namespace.</summary>
/// <param name="kubectl">The way to the cluster.</param>
/// <param name="setup">What the platform was told.</param>
/// <param name="look">Looks at the namespace.</param>
/// <param name="log">Reads what an instance wrote.</param>
internal sealed class WorkloadRollout(Kubectl kubectl, PlatformSetup setup, Func<CancellationToken, Task<NamespaceContents>> look,
    Func<ServiceInstance, LogRequest, Func<bool, ReadOnlyMemory<byte>, ValueTask>, CancellationToken, Task> log) : IWorkloadRollout
{
    private readonly WorkloadWriter _writer = new(kubectl);
    private readonly LeaseStore _leases = new(kubectl);

    /// <inheritdoc/>
    public string Description { get; } = kubectl.Where;

    /// <inheritdoc/>
    public async Task<WorkloadRecord> ReadAsync(string service, CancellationToken cancellationToken)
    {
        NamespaceContents contents = await look(cancellationToken).ConfigureAwait(false);
        Workload workload = Find(contents, service);
        JsonElement thing = await _writer.ReadAsync(workload.Kind, workload.Name, cancellationToken).ConfigureAwait(false);
        return await RecordAsync(service, thing, contents, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<WorkloadFinding>> CheckAsync(WorkloadRecord workload, WorkloadEdit edit,
        CancellationToken cancellationToken)
    {
        NamespaceContents contents = await look(cancellationToken).ConfigureAwait(false);
        Workload found = Find(contents, workload.Service);
        RequireContainer(workload, edit.Container);
        IReadOnlyList<JsonElement>? budgets = await kubectl.ListAsync("poddisruptionbudgets.policy", [],
            e => setup.Reporter.Verbose(e.Message), cancellationToken).ConfigureAwait(false);
        var findings = new RolloutChecks(found, workload, edit).All(contents.AutoscalerOf(found), budgets).ToList();
        if (contents.AutoscalersUnseen is { } unseen)
            findings.Add(new WorkloadFinding("autoscaler-unseen", WorkloadFindingSeverity.Note,
                $"Whether an autoscaler is for it could not be seen. {unseen}"));
        if (await _writer.TryOutAsync(workload, found.Template, edit, cancellationToken).ConfigureAwait(false) is { } refused)
            findings.Add(new WorkloadFinding("refused-by-cluster", WorkloadFindingSeverity.Refused, refused.Message,
                refused.RecommendedAction));
        return findings;
    }

    /// <inheritdoc/>
    public async Task<WorkloadRecord> EditAsync(ChangeScope scope, WorkloadRecord workload, WorkloadEdit edit, WorkloadNote note,
        CancellationToken cancellationToken)
    {
        RequireContainer(workload, edit.Container);
        JsonElement changed = await _writer.ChangeAsync(workload, now =>
            (PodTemplate.Patch(now, edit), PodTemplate.Hash(PodTemplate.Edit(now, edit))),
            note, cancellationToken).ConfigureAwait(false);
        return WorkloadReader.Read(workload.Service, changed);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<WorkloadRevision>> RevisionsAsync(WorkloadRecord workload, CancellationToken cancellationToken)
    {
        JsonElement thing = await _writer.ReadAsync(workload.Kind, workload.Name, cancellationToken).ConfigureAwait(false);
        string kept = RevisionReader.KeptIn(workload.Kind);
        JsonElement all = await kubectl.GetAsync(["get", kept], cancellationToken).ConfigureAwait(false);
        return RevisionReader.Read(thing, all.Items("items"));
    }

    /// <inheritdoc/>
    public IReadOnlyList<WorkloadDifference> Compare(WorkloadRevision older, WorkloadRevision newer) =>
        TemplateDifference.Of(older.Template, newer.Template);

    /// <inheritdoc/>
    public async Task<WorkloadRecord> ReturnAsync(ChangeScope scope, WorkloadRecord workload, WorkloadRevision revision, WorkloadNote note,
        CancellationToken cancellationToken)
    {
        if (revision.Template.ValueKind != JsonValueKind.Object)
            throw WorkloadErrors.RevisionGone.Make(
                $"The specification of revision {revision.Number} of {workload.Name} is not known any more.",
                $"See which there are: Get-OpsServiceUpdate {workload.Service}.", workload.Service);
        JsonElement changed = await _writer.ChangeAsync(workload,
            _ => (PodTemplate.Replacement(revision.Template), PodTemplate.Hash(revision.Template)), note, cancellationToken)
                .ConfigureAwait(false);
        return WorkloadReader.Read(workload.Service, changed);
    }

    /// <inheritdoc/>
    public async Task<WorkloadProgress> LookAsync(string service, CancellationToken cancellationToken)
    {
        NamespaceContents contents = await look(cancellationToken).ConfigureAwait(false);
        Workload workload = Find(contents, service);
        WorkloadRecord record = await RecordAsync(service, workload.Thing, contents, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<WorkloadRevision> revisions = await KeptAsync(workload, contents, cancellationToken).ConfigureAwait(false);
        string? newest = revisions.FirstOrDefault(r => r.IsCurrent)?.Name;
        ServiceRecord all = contents.Record(service, setup.Environment, setup.Time.GetUtcNow());
        ServiceInstance[] fresh = [.. all.Instances.Where(i => newest is not null && IsOf(i, newest, workload.Name)
            && i.State != InstanceState.Dead)];
        ServiceInstance[] old = [.. all.Instances.Except(fresh).Where(i =>
            !(i.State == InstanceState.Dead && workload.Kind == "StatefulSet"))];
        int wanted = Math.Max(0, (workload.Wanted ?? 0) - workload.Partition);
        bool observed = workload.IsObserved && newest is not null;
        return new WorkloadProgress
        {
            Service = all, Workload = record, New = fresh, Old = old, Wanted = wanted, IsObserved = observed,
            IsDone = observed && !workload.IsUpdating && !workload.HasFailed && fresh.Count(i => i.IsReady) >= wanted
                // Those that are ending serve nobody any more; below a partition old ones stay.
                && old.Count(i => i.State != InstanceState.Dead) <= workload.Partition,
            Trouble = observed ? PodTrouble.Of(all, fresh) : null,
        };
    }

    /// <inheritdoc/>
    public Task<string> ExplainAsync(ServiceInstance instance, CancellationToken cancellationToken) =>
        new PodExplanation(kubectl, log).OfAsync(instance, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> FreeAsync(ChangeScope scope, string service, CancellationToken cancellationToken)
    {
        WorkloadProgress now = await LookAsync(service, cancellationToken).ConfigureAwait(false);
        if (now.Workload.Kind != "StatefulSet" || !now.IsObserved) return [];
        var freed = new List<string>();
        foreach (ServiceInstance pod in now.Old.Where(i => !i.IsReady && i.State is InstanceState.Pending or InstanceState.Restarting
            or InstanceState.Running))
        {
            await _writer.RemovePodAsync(pod.Id, cancellationToken).ConfigureAwait(false);
            freed.Add(pod.Name);
        }
        return freed;
    }

    /// <inheritdoc/>
    public Task<LeaseRecord?> ReadLeaseAsync(string name, CancellationToken cancellationToken) =>
        _leases.ReadAsync(name, cancellationToken);

    /// <inheritdoc/>
    public Task<LeaseRecord?> WriteLeaseAsync(ChangeScope scope, LeaseRecord lease, CancellationToken cancellationToken) =>
        _leases.WriteAsync(lease, cancellationToken);

    private async Task<WorkloadRecord> RecordAsync(string service, JsonElement thing, NamespaceContents contents,
        CancellationToken cancellationToken) => WorkloadReader.Read(service, thing,
            RevisionReader.NumberOf(thing, RevisionReader.Read(thing,
                await KeptThingsAsync(new Workload(thing), contents, cancellationToken).ConfigureAwait(false))));

    private async Task<IReadOnlyList<WorkloadRevision>> KeptAsync(Workload workload, NamespaceContents contents,
        CancellationToken cancellationToken) => RevisionReader.Read(workload.Thing,
            await KeptThingsAsync(workload, contents, cancellationToken).ConfigureAwait(false));

    /// <summary>ReplicaSets were read with the namespace; ControllerRevisions are asked for.</summary>
    private async Task<IReadOnlyList<JsonElement>> KeptThingsAsync(Workload workload, NamespaceContents contents,
        CancellationToken cancellationToken) => workload.Kind == "Deployment" ? contents.OwnedBy(workload)
            : [.. (await kubectl.GetAsync(["get", RevisionReader.KeptIn(workload.Kind)], cancellationToken).ConfigureAwait(false))
                .Items("items")];

    /// <summary>By the label that controllers give each pod: a StatefulSet the revision's name, others only what comes behind their
    /// own.</summary>
    private static bool IsOf(ServiceInstance pod, string revision, string workload) =>
        (pod.Labels.GetValueOrDefault("pod-template-hash") ?? pod.Labels.GetValueOrDefault("controller-revision-hash")) is { } label
        && (label == revision || $"{workload}-{label}" == revision);

    private static void RequireContainer(WorkloadRecord workload, string container)
    {
        if (workload.Containers.Any(c => c.Name == container)) return;
        throw WorkloadErrors.WorkloadContainerUnknown.Make($"{workload.Kind} {workload.Name} has no container {container}.",
            $"It has {string.Join(", ", workload.Containers.Select(c => c.Name))}: name one of them with -Container.", workload.Service);
    }

    private static Workload Find(NamespaceContents contents, string service)
    {
        Workload? found = contents.Find(service);
        if (found is { IsSeen: true, IsRestartable: true }) return found;
        if (found is null)
            throw new OpsException("ServiceNotFound", OpsErrorCategory.ObjectNotFound, $"There is no {service} in the namespace any more.",
                "See what there is with Get-OpsService.", service);
        throw WorkloadErrors.WorkloadUnsupported.Make($"{service} is a {found.Kind}, whose instances no controller replaces by others.",
            found.Kind is "Job" or "CronJob" ? "Change what makes it; the next run takes the new image."
                : "Deployments, StatefulSets and DaemonSets can be rolled out; what an operator keeps is changed in what the "
                    + "operator reads.", service);
    }
}
