using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace OpsModule.Engine.Tests.Fixtures.Kubernetes;

/// <summary>
/// A cluster's controllers, much reduced: Deployments and StatefulSets get their pods, and after a change of the template others, one after
/// another. Only what was made with <see cref="Keep"/> is kept.
/// </summary>
public sealed class KubeControllers
{
    private const string Fated = "test/fated";

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(150);

    private readonly KubeStore _store;
    private readonly KubeRevisions _revisions;
    private readonly HashSet<string> _kept = [];
    private readonly SemaphoreSlim _turn = new(1);

    public KubeControllers(KubeStore store)
    {
        (_store, _revisions) = (store, new KubeRevisions(store));
        store.Specified += (resource, thing) =>
        {
            if (_kept.Contains(resource + (string)thing["metadata"]!["name"]!)) _ = Task.Run(() => ReconcileAsync(resource, (string)thing["metadata"]!["name"]!, Step));
        };
    }

    /// <summary>What a container writes when it starts; null for nothing.</summary>
    public Action<string>? Started { get; set; }

    /// <summary>True does nothing, as controllers that have much to do.</summary>
    public bool IsHeld { get; set; }

    /// <summary>True leaves a Deployment's pods that are to go among the others, being ended, as a real one does for their grace.</summary>
    public bool IsSlowToEnd { get; set; }

    /// <summary>What becomes of pods of an image that do not come up: told of the pod that is to start.</summary>
    public ConcurrentDictionary<string, Action<JsonObject>> Fates { get; } = new();

    /// <summary>Whether the pods of a DaemonSet are on so many nodes.</summary>
    public int Nodes { get; set; } = 2;

    /// <summary>True ends them.</summary>
    public bool IsStopped { get; set; }

    /// <summary>Adds a workload, with its pods.</summary>
    public async Task Keep(JsonObject workload)
    {
        string resource = ((string)workload["kind"]!).ToLowerInvariant() + "s", name = (string)workload["metadata"]!["name"]!;
        _store.Add(resource, workload);
        _kept.Add(resource + name);
        await ReconcileAsync(resource, name, TimeSpan.Zero);
    }

    private async Task ReconcileAsync(string resource, string name, TimeSpan step)
    {
        await _turn.WaitAsync();
        try
        {
            while (!IsStopped && _store.Find(resource, name) is { } workload)
            {
                if (IsHeld)
                {
                    await Task.Delay(Step);
                    continue;
                }
                string revision = KubeRevisions.HashOf(workload);
                if (resource != "deployments") _revisions.RevisionOf(workload, revision);
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
        JsonObject set = _revisions.SetOf(workload, revision);
        int wanted = (int)workload["spec"]!["replicas"]!;
        JsonObject[] all = [.. Pods(name)], fresh = [.. all.Where(p => Revision(p) == revision)], old = [.. all.Except(fresh)];
        if (fresh.FirstOrDefault(p => (string)p["status"]!["phase"]! == "Pending" && !IsFated(p)) is { } starting) Run(starting);
        else if (fresh.Any(IsFated)) return false;
        else if (fresh.Length < wanted) Start($"{current}-{Guid.NewGuid().ToString("N")[..5]}", set, workload, name, revision);
        else if (old.Length > 0) End(old[0]);
        else if (fresh.Length > wanted) End(fresh[0]);
        else return true;
        return false;
    }

    /// <summary>One step: the pod of the highest number goes, and comes again under its name.</summary>
    private bool Replace(JsonObject workload, string name, string revision)
    {
        int wanted = (int?)workload["spec"]!["replicas"] ?? Nodes, kept = (int?)workload["spec"]!["updateStrategy"]?["rollingUpdate"]?["partition"] ?? 0;
        JsonObject[] all = [.. Pods(name)];
        if (all.FirstOrDefault(p => (string)p["status"]!["phase"]! == "Pending" && !IsFated(p)) is { } starting) Run(starting);
        // A StatefulSet waits for a pod that never comes, whatever is asked for since; a DaemonSet does not.
        else if (all.FirstOrDefault(IsFated) is { } stuck)
        {
            if (wanted == Nodes && workload["spec"]!["replicas"] is null && Revision(stuck) != revision) _store.Remove("pods", Name(stuck));
            return false;
        }
        else if (Enumerable.Range(0, wanted).FirstOrDefault(i => all.All(p => Name(p) != $"{name}-{i}"), -1) is >= 0 and var missing) Start($"{name}-{missing}", workload, workload, name, revision);
        else if (all.Skip(kept).LastOrDefault(p => Revision(p) != revision) is { } old) _store.Remove("pods", Name(old));
        else if (all.Length > wanted) _store.Remove("pods", Name(all[^1]));
        else return true;
        return false;
    }

    private void End(JsonObject pod)
    {
        if (IsSlowToEnd)
            _store.Change("pods", Name(pod), p => p["metadata"]!["deletionTimestamp"] = KubeSamples.Time(DateTimeOffset.UtcNow));
        else _store.Remove("pods", Name(pod));
    }

    private void Start(string pod, JsonObject owner, JsonObject workload, string name, string revision)
    {
        JsonObject[] containers = [.. workload["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Select(c => c!.DeepClone().AsObject())];
        JsonObject made = KubeSamples.Pod(pod, owner, containers);
        made["metadata"]!["labels"] = new JsonObject { ["app"] = name, ["revision"] = revision };
        string label = (string)workload["kind"]! == "Deployment" ? "pod-template-hash" : "controller-revision-hash";
        made["metadata"]!["labels"]![label] = (string)workload["kind"]! == "StatefulSet" ? $"{name}-{revision}" : revision;
        made["status"] = new JsonObject
        {
            ["phase"] = "Pending", ["conditions"] = new JsonArray(KubeSamples.Condition("Ready", "False")),
            ["containerStatuses"] = new JsonArray([.. containers.Select(c => KubeSamples.Status((string)c["name"]!, (string)c["image"]!, default).With(s => (s["state"], s["ready"]) = (KubeSamples.Waiting("ContainerCreating"), false)))]),
        };
        _store.Add("pods", made);
    }

    private void Run(JsonObject starting)
    {
        string pod = Name(starting);
        if (Fates.TryGetValue((string)starting["spec"]!["containers"]![0]!["image"]!, out Action<JsonObject>? fate))
        {
            _store.Change("pods", pod, p =>
            {
                fate(p);
                p["metadata"]!["annotations"] = new JsonObject { [Fated] = "true" };
            });
            return;
        }
        _store.Change("pods", pod, p =>
        {
            JsonObject running = KubeSamples.Pod(pod, null, [.. p["spec"]!["containers"]!.AsArray().Select(c => c!.DeepClone().AsObject())]);
            p["status"] = running["status"]!.DeepClone();
            foreach (JsonNode? status in p["status"]!["containerStatuses"]!.AsArray()) status!["state"]!["running"]!["startedAt"] = KubeSamples.Time(DateTimeOffset.UtcNow);
        });
        Started?.Invoke(pod);
    }

    /// <summary>A status that says nothing new is not written: each version is a reason for others to try again.</summary>
    private void Report(string resource, string name, string revision, bool done, int generation)
    {
        if (_store.Find(resource, name) is not { } known) return;
        string before = known["status"]!.ToJsonString();
        Tell(known);
        if (known["status"]!.ToJsonString() != before) _store.Change(resource, name, Tell);

        void Tell(JsonObject w)
        {
            JsonObject[] all = [.. Pods(name)];
            int fresh = all.Count(p => Revision(p) == revision), ready = all.Count(p => (string)p["status"]!["phase"]! == "Running" && !IsFated(p));
            JsonObject status = w["status"]!.AsObject();
            (status["observedGeneration"], status["replicas"], status["updatedReplicas"], status["readyReplicas"], status["availableReplicas"]) = (generation, all.Length, fresh, ready, ready);
            if (resource == "deployments") return;
            (status["desiredNumberScheduled"], status["updatedNumberScheduled"], status["numberReady"]) = (Nodes, fresh, ready);
            status["updateRevision"] = $"{name}-{revision}";
            if (done || status["currentRevision"] is null) status["currentRevision"] = $"{name}-{revision}";
        }
    }

    /// <summary>What is being ended counts for nobody any more.</summary>
    private IEnumerable<JsonObject> Pods(string name) => _store.List("pods")
        .Where(p => (string?)p["metadata"]!["labels"]!["app"] == name && p["metadata"]!["deletionTimestamp"] is null);

    private static string Name(JsonObject thing) => (string)thing["metadata"]!["name"]!;

    private static string? Revision(JsonObject pod) => (string?)pod["metadata"]!["labels"]!["revision"];

    private static bool IsFated(JsonObject pod) => pod["metadata"]!["annotations"]?[Fated] is not null;
}
