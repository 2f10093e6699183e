using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace OpsModule.Engine.Tests.Fixtures.Kubernetes;

/// <summary>
/// A cluster's controllers, much reduced: Deployments and StatefulSets get their pods, and after a change of the template others, one after
/// another. Only what was made with <see cref="Keep"/> is kept.
/// </summary>
public sealed class KubeControllers
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(150);

    private readonly KubeStore _store;
    private readonly HashSet<string> _kept = [];
    private readonly SemaphoreSlim _turn = new(1);

    public KubeControllers(KubeStore store)
    {
        _store = store;
        store.Specified += (resource, thing) =>
        {
            if (_kept.Contains(resource + (string)thing["metadata"]!["name"]!)) _ = Task.Run(() => ReconcileAsync(resource, (string)thing["metadata"]!["name"]!, Step));
        };
    }

    /// <summary>What a container writes when it starts; null for nothing.</summary>
    public Action<string>? Started { get; set; }

    /// <summary>Adds a workload, with its pods.</summary>
    public async Task Keep(JsonObject workload)
    {
        string resource = (string)workload["kind"]! == "Deployment" ? "deployments" : "statefulsets", name = (string)workload["metadata"]!["name"]!;
        _store.Add(resource, workload);
        _kept.Add(resource + name);
        await ReconcileAsync(resource, name, TimeSpan.Zero);
    }

    private async Task ReconcileAsync(string resource, string name, TimeSpan step)
    {
        await _turn.WaitAsync();
        try
        {
            while (_store.Find(resource, name) is { } workload)
            {
                string revision = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(workload["spec"]!["template"]!.ToJsonString())))[..8].ToLowerInvariant();
                bool done = resource == "deployments" ? Deploy(workload, name, revision) : Replace(workload, name, revision);
                Report(resource, name, revision, done, (int)workload["metadata"]!["generation"]!);
                if (done && (int)_store.Find(resource, name)!["metadata"]!["generation"]! == (int)workload["metadata"]!["generation"]!) return;
                await Task.Delay(step);
            }
        }
        finally { _turn.Release(); }
    }

    /// <summary>One step: a pod more of the new kind, or one less of the old.</summary>
    private bool Deploy(JsonObject workload, string name, string revision)
    {
        string current = $"{name}-{revision}";
        JsonObject set = _store.Find("replicasets", current) ?? _store.Add("replicasets", Owned(KubeSamples.Workload("ReplicaSet", current), workload));
        int wanted = (int)workload["spec"]!["replicas"]!;
        JsonObject[] all = [.. Pods(name)], fresh = [.. all.Where(p => Revision(p) == revision)], old = [.. all.Except(fresh)];
        if (fresh.FirstOrDefault(p => (string)p["status"]!["phase"]! == "Pending") is { } starting) Run(Name(starting));
        else if (fresh.Length < wanted) Start($"{current}-{Guid.NewGuid().ToString("N")[..5]}", set, workload, name, revision);
        else if (old.Length > 0) _store.Remove("pods", Name(old[0]));
        else if (fresh.Length > wanted) _store.Remove("pods", Name(fresh[0]));
        else return true;
        return false;
    }

    /// <summary>One step: the pod of the highest number goes, and comes again under its name.</summary>
    private bool Replace(JsonObject workload, string name, string revision)
    {
        int wanted = (int)workload["spec"]!["replicas"]!;
        JsonObject[] all = [.. Pods(name)];
        if (all.FirstOrDefault(p => (string)p["status"]!["phase"]! == "Pending") is { } starting) Run(Name(starting));
        else if (Enumerable.Range(0, wanted).FirstOrDefault(i => all.All(p => Name(p) != $"{name}-{i}"), -1) is >= 0 and var missing) Start($"{name}-{missing}", workload, workload, name, revision);
        else if (all.LastOrDefault(p => Revision(p) != revision) is { } old) _store.Remove("pods", Name(old));
        else if (all.Length > wanted) _store.Remove("pods", Name(all[^1]));
        else return true;
        return false;
    }

    private void Start(string pod, JsonObject owner, JsonObject workload, string name, string revision)
    {
        JsonObject[] containers = [.. workload["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Select(c => c!.DeepClone().AsObject())];
        JsonObject made = KubeSamples.Pod(pod, owner, containers);
        made["metadata"]!["labels"] = new JsonObject { ["app"] = name, ["revision"] = revision };
        made["status"] = new JsonObject
        {
            ["phase"] = "Pending", ["conditions"] = new JsonArray(KubeSamples.Condition("Ready", "False")),
            ["containerStatuses"] = new JsonArray([.. containers.Select(c => KubeSamples.Status((string)c["name"]!, (string)c["image"]!, default).With(s => (s["state"], s["ready"]) = (KubeSamples.Waiting("ContainerCreating"), false)))]),
        };
        _store.Add("pods", made);
    }

    private void Run(string pod)
    {
        _store.Change("pods", pod, p =>
        {
            JsonObject running = KubeSamples.Pod(pod, null, [.. p["spec"]!["containers"]!.AsArray().Select(c => c!.DeepClone().AsObject())]);
            p["status"] = running["status"]!.DeepClone();
            foreach (JsonNode? status in p["status"]!["containerStatuses"]!.AsArray()) status!["state"]!["running"]!["startedAt"] = KubeSamples.Time(DateTimeOffset.UtcNow);
        });
        Started?.Invoke(pod);
    }

    private void Report(string resource, string name, string revision, bool done, int generation) => _store.Change(resource, name, w =>
    {
        JsonObject[] all = [.. Pods(name)];
        int fresh = all.Count(p => Revision(p) == revision), ready = all.Count(p => (string)p["status"]!["phase"]! == "Running");
        JsonObject status = w["status"]!.AsObject();
        (status["observedGeneration"], status["replicas"], status["updatedReplicas"], status["readyReplicas"], status["availableReplicas"]) = (generation, all.Length, fresh, ready, ready);
        if (resource == "deployments") return;
        status["updateRevision"] = revision;
        if (done || status["currentRevision"] is null) status["currentRevision"] = revision;
    });

    private IEnumerable<JsonObject> Pods(string name) => _store.List("pods").Where(p => (string?)p["metadata"]!["labels"]!["app"] == name);

    private static string Name(JsonObject thing) => (string)thing["metadata"]!["name"]!;

    private static string? Revision(JsonObject pod) => (string?)pod["metadata"]!["labels"]!["revision"];

    private static JsonObject Owned(JsonObject thing, JsonObject owner)
    {
        thing["metadata"]!["ownerReferences"] = KubeSamples.Pod("x", owner)["metadata"]!["ownerReferences"]!.DeepClone();
        return thing;
    }
}
