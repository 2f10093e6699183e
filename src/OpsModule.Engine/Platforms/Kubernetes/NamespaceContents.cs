using System.Text.Json;

namespace OpsModule.Engine.Platforms.Kubernetes;

/// <summary>The workloads of a namespace and their pods, as they were at one moment.</summary>
internal sealed class NamespaceContents
{
    private const string Needed = "deployments.apps,statefulsets.apps,daemonsets.apps,replicasets.apps,pods";

    /// <summary>What is shown where it may be looked at.</summary>
    private const string Wished = "jobs.batch,cronjobs.batch,horizontalpodautoscalers.autoscaling";

    private readonly Dictionary<string, Workload> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonElement> _autoscalers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Workload> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly List<(JsonElement Pod, string Service)> _pods = [];

    private NamespaceContents(IEnumerable<JsonElement> things)
    {
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

    /// <summary>Looks.</summary>
    /// <exception cref="OpsException"><c>NamespaceNotFound</c>, and what kubectl's errors mean.</exception>
    public static async Task<NamespaceContents> ReadAsync(Kubectl kubectl, IOpsReporter reporter, CancellationToken cancellationToken)
    {
        string[] question = ["get", $"{Needed},{Wished}", "-o", "json"];
        (string output, string? failure) = await kubectl.TryAsync(question, cancellationToken).ConfigureAwait(false);
        if (failure is not null)
        {
            OpsException error = await kubectl.ErrorAsync(failure, cancellationToken).ConfigureAwait(false);
            if (error.ErrorId != "ClusterForbidden") throw error;
            reporter.Verbose($"{error.Message} Services are shown without jobs and autoscalers.");
            output = await kubectl.RunAsync(["get", Needed, "-o", "json"], cancellationToken).ConfigureAwait(false);
        }
        var contents = new NamespaceContents(Kubectl.Parse(output).Items("items"));
        // A list of nothing is also what a namespace answers that does not exist.
        if (contents._services.Count == 0) await kubectl.RequireNamespaceAsync(cancellationToken).ConfigureAwait(false);
        return contents;
    }

    /// <summary>The workload of a service; null when there is none of that name.</summary>
    public Workload? Find(string service) => _services.GetValueOrDefault(service);

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
        ServiceInstance[] instances = [.. Shown(workload, _pods.Where(p => p.Service == name).Select(p => p.Pod)).Select(p => PodReader.Read(p, name, now)).OrderBy(i => i.Name, StringComparer.Ordinal)];
        string?[] digests = [.. instances.Select(i => i.ImageDigest).Distinct()];
        return new ServiceRecord
        {
            Name = name,
            Environment = environment,
            Kind = workload.Kind,
            Image = workload.Image ?? instances.FirstOrDefault()?.Image,
            ImageDigest = digests.Length == 1 ? digests[0] : null,
            Wanted = workload.Wanted ?? (workload.Kind == "CronJob" ? Runs(workload).Sum(j => j.Wanted ?? 0) : instances.Count(i => !i.IsDone)),
            Autoscaler = _autoscalers.TryGetValue($"{workload.Kind}/{workload.Name}", out JsonElement scaler) ? Describe(scaler) : null,
            IsUpdating = workload.IsUpdating,
            IsHeldBack = workload is { IsScalable: true, Replicas: 0, Before: not null },
            Instances = instances,
        };
    }

    /// <summary>The fewest replicas that the service's autoscaler allows; null without one.</summary>
    public int? Fewest(Workload workload) => _autoscalers.TryGetValue($"{workload.Kind}/{workload.Name}", out JsonElement scaler) ? (int)(scaler.Number("spec", "minReplicas") ?? 1) : null;

    private static string Describe(JsonElement scaler) =>
        $"HorizontalPodAutoscaler {scaler.Text("metadata", "name")}: {scaler.Number("spec", "minReplicas") ?? 1} to {scaler.Number("spec", "maxReplicas")}, now {scaler.Number("status", "currentReplicas") ?? 0}";

    /// <summary>Of a CronJob the pods of runs that go on, and of the last one: how earlier ones ended says nothing about now.</summary>
    private IEnumerable<JsonElement> Shown(Workload workload, IEnumerable<JsonElement> pods)
    {
        if (workload.Kind != "CronJob") return pods;
        HashSet<string> runs = [.. Runs(workload).Select(j => j.Id)];
        return pods.Where(p => Workload.OwnerOf(p) is { } owner && runs.Contains(owner.Id));
    }

    private IEnumerable<Workload> Runs(Workload workload)
    {
        Workload[] jobs = [.. _byId.Values.Where(w => w.Kind == "Job" && w.Owner?.Id == workload.Id).OrderByDescending(j => j.Made)];
        return jobs.Where((j, i) => i == 0 || j.IsUnfinishedJob);
    }

    /// <summary>What decides in the end: of a pod's ReplicaSet its Deployment. An owner of a kind that is not read (an operator's) stands for itself.</summary>
    private Workload Root(Workload workload)
    {
        while (workload.Owner is { } owner)
            workload = _byId.TryGetValue(owner.Id, out Workload? known) ? known : Foreign(owner);
        return workload;
    }

    private static Workload Foreign((string Id, string Kind, string Name) owner) =>
        new(JsonSerializer.SerializeToElement(new { kind = owner.Kind, metadata = new { name = owner.Name, uid = owner.Id } }));
}
