using System.Text.Json;
using System.Text.RegularExpressions;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes.Asking;
using OpsModule.Connections.Platforms.Kubernetes.Reading;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Connections.Platforms.Kubernetes;

/// <summary>The workloads of a namespace and their pods, as they were at one moment.</summary>
public sealed partial class NamespaceContents
{
    private const string Needed = "deployments.apps,statefulsets.apps,daemonsets.apps,replicasets.apps,pods";

    /// <summary>What is shown where it may be looked at.</summary>
    private static readonly string[] Wished = ["jobs.batch", CronJobs, Autoscalers];

    private const string CronJobs = "cronjobs.batch", Autoscalers = "horizontalpodautoscalers.autoscaling";

    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Workload> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonElement> _autoscalers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Workload> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly List<(JsonElement Pod, string Service)> _pods = [];

    private readonly bool _seesCronJobs;

    private NamespaceContents(IEnumerable<JsonElement> things, bool seesCronJobs)
    {
        _seesCronJobs = seesCronJobs;
        ILookup<string, JsonElement> byKind = things.ToLookup(t => t.Text("kind") ?? "");
        foreach (JsonElement scaler in byKind["HorizontalPodAutoscaler"])
            _autoscalers[$"{scaler.Text("spec", "scaleTargetRef", "kind")}/{scaler.Text("spec", "scaleTargetRef", "name")}"] = scaler;
        foreach (JsonElement thing in byKind.Where(k => k.Key is not "HorizontalPodAutoscaler" and not "Pod" and not "Event").SelectMany(k => k))
            _byId[thing.Text("metadata", "uid") ?? ""] = new Workload(thing);
        Workload[] pods = [.. byKind["Pod"].Select(p => new Workload(p))];
        Workload[] roots = [.. _byId.Values.Where(w => Root(w) == w).Concat(pods.Select(Root)).DistinctBy(w => w.Id)];
        // A name that several kinds share is written as kubectl writes it.
        foreach (IGrouping<string, Workload> same in roots.GroupBy(w => w.Name))
            foreach (Workload root in same)
            {
                string name = same.Count() == 1 ? root.Name : $"{root.Kind.ToLowerInvariant()}/{root.Name}";
                _services[name] = root;
                _names[root.Id] = name;
            }
        foreach ((JsonElement pod, Workload read) in byKind["Pod"].Zip(pods)) _pods.Add((pod, _names[Root(read).Id]));
    }

    /// <summary>The names of the services, in their order.</summary>
    public IReadOnlyList<string> Names => [.. _services.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The pods, each with its service.</summary>
    public IReadOnlyList<(JsonElement Pod, string Service)> Pods => _pods;

    /// <summary>Why autoscalers are not known; null where they are.</summary>
    internal string? AutoscalersUnseen { get; private set; }

    /// <summary>What controllers say of pods that they could not make, by kind and name; asked for when pods are missing.</summary>
    internal IReadOnlyDictionary<string, string> Refusals { get; set; } = new Dictionary<string, string>();

    /// <summary>Looks.</summary>
    /// <exception cref="OpsException"><c>NamespaceNotFound</c>, and what kubectl's errors mean.</exception>
    public static async Task<NamespaceContents> ReadAsync(Kubectl kubectl, IOpsReporter reporter, CancellationToken cancellationToken)
    {
        bool seesCronJobs = true;
        string? unseen = null;
        IReadOnlyList<JsonElement>? things =
            await kubectl.ListAsync($"{Needed},{string.Join(',', Wished)}", [], null, cancellationToken).ConfigureAwait(false);
        if (things is null)
        {
            List<JsonElement> seen =
                [.. (await kubectl.GetAsync(["get", Needed], cancellationToken).ConfigureAwait(false)).Items("items")];
            foreach (string kind in Wished)
            {
                IReadOnlyList<JsonElement>? some = await kubectl.ListAsync(kind, [], Refused, cancellationToken).ConfigureAwait(false);
                seen.AddRange(some ?? []);
                if (kind == CronJobs) seesCronJobs = some is not null;

                void Refused(OpsException error)
                {
                    reporter.Verbose($"{error.Message} Services are shown without them; of jobs their pods tell.");
                    if (kind == Autoscalers) unseen = error.Message;
                }
            }
            things = seen;
        }
        var contents = new NamespaceContents(things, seesCronJobs) { AutoscalersUnseen = unseen };
        // A list of nothing is also what a namespace answers that does not exist.
        if (contents._services.Count == 0) await kubectl.RequireNamespaceAsync(cancellationToken).ConfigureAwait(false);
        return contents;
    }

    /// <summary>The workload of a service; null when there is none of that name.</summary>
    internal Workload? Find(string service) => _services.GetValueOrDefault(service);

    /// <summary>The service that something in the namespace belongs to; null when it belongs to none that is known.</summary>
    public string? ServiceOf(string kind, string name)
    {
        if (kind == "Pod")
        {
            if (_pods.FirstOrDefault(p => p.Pod.Text("metadata", "name") == name) is { Service: { } known }) return known;
            // It is gone; its name still begins with that of what made it.
            Workload? maker = _byId.Values.Where(w => w.Kind is not "Deployment" and not "CronJob" && name.StartsWith(w.Name + "-", StringComparison.Ordinal)).MaxBy(w => w.Name.Length);
            return maker is null ? null : _names.GetValueOrDefault(Root(maker).Id);
        }
        if (kind == "HorizontalPodAutoscaler" && _autoscalers.Values.FirstOrDefault(a => a.Text("metadata", "name") == name) is { ValueKind: JsonValueKind.Object } scaler)
            (kind, name) = (scaler.Text("spec", "scaleTargetRef", "kind") ?? "", scaler.Text("spec", "scaleTargetRef", "name") ?? "");
        return _byId.Values.FirstOrDefault(w => w.Kind == kind && w.Name == name) is { } found ? _names.GetValueOrDefault(Root(found).Id) : null;
    }

    /// <summary>The service with its instances.</summary>
    public ServiceRecord Record(string name, string environment, DateTimeOffset now)
    {
        Workload workload = _services[name];
        ServiceInstance[] instances = [.. Shown(workload, _pods.Where(p => p.Service == name).Select(p => p.Pod))
            .Select(p => PodReader.Read(p, name, now, workload.ProgressDeadline)).OrderBy(i => i.Name, StringComparer.Ordinal)];
        string?[] digests = [.. instances.Select(i => i.ImageDigest).Distinct()];
        Workload[] runs = workload.Kind is "Job" or "CronJob" ? [.. Runs(workload)] : [];
        Workload? given = runs.Any(r => r.IsUnfinishedJob) ? null : runs.FirstOrDefault(r => r.IsFailedJob);
        // One that has begun a moment ago may not have been there yet when the runs were listed.
        DateTimeOffset? lost = runs.Length == 0 && workload.Unproven is { } begun && now - begun > Fresh ? begun : null;
        string? image = ImageOf(workload, instances), asked = workload.Image;
        return new ServiceRecord
        {
            Name = name,
            Environment = environment,
            Kind = workload.Kind,
            Uid = workload.Id.Length == 0 ? null : workload.Id,
            Image = image,
            ImageWanted = asked == image || !(workload.IsUpdating || workload.HasFailed || workload.Holds != RolloutHold.None)
                ? null : asked,
            ImageDigest = digests.Length == 1 ? digests[0] : null,
            Wanted = lost is null ? Wanted(workload, runs, name, instances) : 1,
            Autoscaler = _autoscalers.TryGetValue($"{workload.Kind}/{workload.Name}", out JsonElement scaler) ? Describe(scaler) : null,
            Updated = workload.Updated,
            IsUpdating = workload.IsUpdating,
            IsPaused = workload.IsPaused,
            Held = workload.Updated < workload.Wanted ? workload.Holds : RolloutHold.None,
            HasFailed = workload.HasFailed || given is not null || lost is not null,
            IsDone = runs.Length > 0 && runs.All(r => r.IsDoneJob),
            Problem = workload.Problem ?? given?.Problem ?? RefusalOf([workload, .. runs])
                ?? (lost is null ? null : LostRun(lost.Value)),
            ProgressDeadline = workload.ProgressDeadline,
            IsHeldBack = workload is { IsScalable: true, Replicas: 0, Before: not null },
            Instances = instances,
        };
    }

    private static string LostRun(DateTimeOffset begun) => FormattableString.Invariant(
        $"The run of {begun.UtcDateTime:yyyy-MM-dd HH:mm}Z did not end well, and was cleaned away (ttlSecondsAfterFinished, ")
        + "failedJobsHistoryLimit).";

    /// <summary>True when pods are missing of something whose conditions would not say why.</summary>
    internal bool LacksPods() => _byId.Values.Any(w => w is { IsSeen: true, Kind: "StatefulSet" or "DaemonSet" or "ReplicaSet" or "Job" }
        && w.Problem is null && w.Wanted > _pods.Count(p => Workload.OwnerOf(p.Pod)?.Id == w.Id));

    private string? RefusalOf(IEnumerable<Workload> workloads) =>
        workloads.Select(w => Refusals.GetValueOrDefault($"{w.Kind}/{w.Name}")).FirstOrDefault(r => r is not null);

    /// <summary>The services whose pods are made with certain labels.</summary>
    internal IReadOnlyList<string> Bearing(IReadOnlyDictionary<string, string> labels)
    {
        return [.. _services.Where(s => Bears(s.Value.PodLabels)).Select(s => s.Key)
            .Concat(_pods.Where(p => Bears(p.Pod.Members("metadata", "labels").ToDictionary(l => l.Name, l => l.Value.GetString() ?? "")))
                .Select(p => p.Service)).Distinct().Order(StringComparer.Ordinal)];

        bool Bears(IReadOnlyDictionary<string, string> own) => labels.All(l => own.GetValueOrDefault(l.Key) == l.Value);
    }

    private int Wanted(Workload workload, Workload[] runs, string name, ServiceInstance[] instances) => workload.Wanted switch
    {
        // Of a node that the cluster has lost it wants none; the pod that is there is still the service's.
        int wanted when workload.Kind == "DaemonSet" =>
            Math.Max(wanted, instances.Where(i => i.State is not (InstanceState.Dead or InstanceState.Exited))
                .Select(i => i.Node).OfType<string>().Distinct().Count()),
        int wanted => wanted,
        _ when workload.Kind is "Job" or "CronJob" =>
            runs.Sum(j => j.Wanted ?? WantedOfJob([.. instances.Where(i => Run(name, i) == j.Id)])),
        _ => instances.Count(i => !i.IsDone),
    };

    /// <summary>The image of what runs: the one that is asked for when any runs it already, else that of the oldest.</summary>
    private static string? ImageOf(Workload workload, ServiceInstance[] instances)
    {
        ServiceInstance[] running = [.. instances.Where(i => i.IsReady)];
        if (running.Length == 0) running = [.. instances.Where(i => i.State == InstanceState.Running)];
        return running.Length == 0 || running.Any(i => i.Image == workload.Image) ? workload.Image ?? instances.FirstOrDefault()?.Image
            : running.MinBy(i => i.StartedAt)!.Image;
    }

    /// <summary>The fewest replicas that the service's autoscaler allows; null without one.</summary>
    internal int? Fewest(Workload workload) => _autoscalers.TryGetValue($"{workload.Kind}/{workload.Name}", out JsonElement scaler) ? (int)(scaler.Number("spec", "minReplicas") ?? 1) : null;

    /// <summary>The service's autoscaler; undefined without one.</summary>
    internal JsonElement AutoscalerOf(Workload workload) => _autoscalers.GetValueOrDefault($"{workload.Kind}/{workload.Name}");

    /// <summary>What a workload has made to keep pods: a Deployment's ReplicaSets.</summary>
    internal IReadOnlyList<JsonElement> OwnedBy(Workload workload) =>
        [.. _byId.Values.Where(w => w.Owner?.Id == workload.Id).Select(w => w.Thing)];

    private static string Describe(JsonElement scaler) =>
        $"HorizontalPodAutoscaler {scaler.Text("metadata", "name")}: {scaler.Number("spec", "minReplicas") ?? 1} to {scaler.Number("spec", "maxReplicas")}, now {scaler.Number("status", "currentReplicas") ?? 0}";

    /// <summary>Of a CronJob the pods of runs that go on, and of the last one: how earlier ones ended says nothing about now.</summary>
    private IEnumerable<JsonElement> Shown(Workload workload, IEnumerable<JsonElement> pods)
    {
        if (workload.Kind != "CronJob") return pods;
        HashSet<string> runs = [.. Runs(workload).Select(j => j.Id)];
        return pods.Where(p => Workload.OwnerOf(p) is { } owner && runs.Contains(owner.Id));
    }

    /// <summary>Of a CronJob its runs that count; of a job itself.</summary>
    private IEnumerable<Workload> Runs(Workload workload)
    {
        if (workload.Kind == "Job") return [workload];
        // Of those that may not be seen the pods tell; a run's name ends with its time.
        Workload[] unseen = [.. _pods.Where(p => _services[p.Service].Id == workload.Id).Select(p => Workload.OwnerOf(p.Pod)).OfType<(string, string, string)>().Where(o => !_byId.ContainsKey(o.Item1)).DistinctBy(o => o.Item1)
            .OrderByDescending(o => o.Item3, StringComparer.Ordinal).Select(Foreign)];
        Workload[] jobs = [.. _byId.Values.Where(w => w.Kind == "Job" && w.Owner?.Id == workload.Id).OrderByDescending(j => j.Made), .. unseen];
        return jobs.Where((j, i) => i == 0 || (j.IsSeen ? j.IsUnfinishedJob : _pods.Any(p => Workload.OwnerOf(p.Pod)?.Id == j.Id && p.Pod.Text("status", "phase") is "Pending" or "Running")));
    }

    /// <summary>The job that an instance belongs to.</summary>
    private string? Run(string service, ServiceInstance instance) => _pods.Where(p => p.Service == service && p.Pod.Text("metadata", "name") == instance.Id).Select(p => Workload.OwnerOf(p.Pod)?.Id).FirstOrDefault();

    /// <summary>How many pods a job wants that may not be seen: those at work; none when one has done it, whatever others came to before.</summary>
    private static int WantedOfJob(ServiceInstance[] instances) => instances.Count(i => i.State != InstanceState.Exited) is var working and > 0 ? working : instances.Any(i => i.IsDone) ? 0 : 1;

    /// <summary>What decides in the end: of a pod's ReplicaSet its Deployment. An owner of a kind that is not read (an operator's) stands for itself.</summary>
    private Workload Root(Workload workload)
    {
        while (workload.Owner is { } owner)
            workload = _byId.TryGetValue(owner.Id, out Workload? known) ? known : Unseen(owner);
        return workload;
    }

    /// <summary>Of a job that may not be seen and is called like the run of a CronJob, the CronJob.</summary>
    private Workload Unseen((string Id, string Kind, string Name) owner)
    {
        if (owner.Kind != "Job" || RunPattern().Match(owner.Name) is not { Success: true } run) return Foreign(owner);
        string name = run.Groups[1].Value;
        return _byId.Values.FirstOrDefault(w => w.Kind == "CronJob" && w.Name == name) ?? Foreign(_seesCronJobs ? owner : ("cronjob/" + name, "CronJob", name));
    }

    private static Workload Foreign((string Id, string Kind, string Name) owner) =>
        new(JsonSerializer.SerializeToElement(new { kind = owner.Kind, metadata = new { name = owner.Name, uid = owner.Id } }), isSeen: false);

    /// <summary>A CronJob calls its runs after their time: in minutes since 1970, and in seconds before Kubernetes 1.21.</summary>
    [GeneratedRegex(@"^(.+)-\d{8,10}$")]
    private static partial Regex RunPattern();
}
