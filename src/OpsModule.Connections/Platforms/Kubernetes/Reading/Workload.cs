using System.Globalization;
using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Connections.Platforms.Kubernetes.Reading;

/// <summary>Something that keeps pods running: what the API server says of it, and what that means.</summary>
internal sealed class Workload(JsonElement thing, bool isSeen = true)
{
    /// <summary>The annotation that remembers how many replicas there were before it was stopped.</summary>
    public const string Remembered = "opsmodule/replicas";

    private static readonly Dictionary<string, string> Resources = new()
    {
        ["Deployment"] = "deployments.apps", ["StatefulSet"] = "statefulsets.apps", ["DaemonSet"] = "daemonsets.apps", ["ReplicaSet"] = "replicasets.apps",
        ["CronJob"] = "cronjobs.batch", ["Job"] = "jobs.batch", ["Pod"] = "pods",
    };

    /// <summary>What the API server says of it.</summary>
    public JsonElement Thing => thing;

    /// <summary>False of what is known only because something names it as its owner.</summary>
    public bool IsSeen { get; } = isSeen;

    public string Kind { get; } = thing.Text("kind") ?? "";

    public string Name { get; } = thing.Text("metadata", "name") ?? "";

    public string Id { get; } = thing.Text("metadata", "uid") ?? "";

    public DateTimeOffset? Made { get; } = thing.Time("metadata", "creationTimestamp");

    /// <summary>How kubectl names it, for example <c>deployments.apps/api</c>.</summary>
    public string Reference => $"{Resources.GetValueOrDefault(Kind, Kind.ToLowerInvariant())}/{Name}";

    /// <summary>True when somebody decides how many pods there are.</summary>
    public bool IsScalable => Kind is "Deployment" or "StatefulSet" or "ReplicaSet";

    /// <summary>True when its pods can be replaced one after another.</summary>
    public bool IsRestartable => Kind is "Deployment" or "StatefulSet" or "DaemonSet";

    public int Replicas => (int)(thing.Number("spec", "replicas") ?? 1);

    /// <summary>How many there were before it was stopped; null when that is not known.</summary>
    public int? Before => int.TryParse(thing.Text("metadata", "annotations", Remembered), CultureInfo.InvariantCulture, out int count) && count > 0 ? count : null;

    /// <summary>The thing that made it, and that decides over it: uid, kind and name; null when somebody made it by hand.</summary>
    public (string Id, string Kind, string Name)? Owner => OwnerOf(thing);

    /// <summary>The image that its specification asks for, of the container that programs are run in.</summary>
    public string? Image
    {
        get
        {
            JsonElement[] containers = [.. Template.Items("spec", "containers")];
            string? main = Template.Text("metadata", "annotations", PodReader.MainContainer);
            return containers.Where(c => main is null || c.Text("name") == main).Concat(containers)
                .Select(c => c.Text("image")).FirstOrDefault();
        }
    }

    /// <summary>True while a job has work to do.</summary>
    public bool IsUnfinishedJob => Kind == "Job" && !thing.IsTrue("spec", "suspend") && !IsSo("Complete") && !IsSo("Failed");

    /// <summary>True of a job that gave up.</summary>
    public bool IsFailedJob => Kind == "Job" && IsSo("Failed");

    /// <summary>True of a job that has done its work.</summary>
    public bool IsDoneJob => Kind == "Job" && IsSo("Complete");

    /// <summary>
    /// Of a CronJob: when it began its last run, if that is not known to have ended well. Whoever cleans runs away leaves nothing else of
    /// one that failed. Null when it did end well, or when nobody can tell: before batch/v1 (Kubernetes 1.21) it was not noted.
    /// </summary>
    public DateTimeOffset? Unproven => Kind == "CronJob" && thing.Text("apiVersion") == "batch/v1" && !thing.IsTrue("spec", "suspend")
        && thing.Time("status", "lastScheduleTime") is { } begun && !(thing.Time("status", "lastSuccessfulTime") >= begun) ? begun : null;

    /// <summary>How many pods of a kind that owns them by itself are wanted; null where the pods tell.</summary>
    public int? Wanted => !IsSeen ? null : Kind switch
    {
        "Deployment" or "StatefulSet" or "ReplicaSet" => Replicas,
        "DaemonSet" => (int)(thing.Number("status", "desiredNumberScheduled") ?? 0),
        "Job" => IsUnfinishedJob ? (int)Math.Max(1, thing.Number("status", "active") ?? 0) : IsFailedJob ? 1 : 0,
        _ => null,
    };

    /// <summary>True while somebody holds its rollouts.</summary>
    public bool IsPaused => Kind == "Deployment" && thing.IsTrue("spec", "paused");

    /// <summary>How its pods are replaced; a Deployment's <c>Recreate</c> takes all at once.</summary>
    public string Strategy => thing.Text("spec", Kind == "Deployment" ? "strategy" : "updateStrategy", "type") ?? "RollingUpdate";

    /// <summary>Of a StatefulSet: pods of lower numbers stay as they are.</summary>
    public int Partition => Kind == "StatefulSet" && Strategy == "RollingUpdate"
        ? (int)Math.Min(Replicas, thing.Number("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0) : 0;

    /// <summary>How many pods are of the newest specification; null where nothing says so.</summary>
    public int? Updated => !IsSeen || !IsRestartable || thing.At("status").ValueKind != JsonValueKind.Object ? null
        : Kind == "StatefulSet" && thing.Text("status", "updateRevision") is { } newest && newest == thing.Text("status", "currentRevision")
            ? (int)(thing.Number("status", "replicas") ?? 0)
        : (int)(thing.Number("status", Kind == "DaemonSet" ? "updatedNumberScheduled" : "updatedReplicas") ?? 0);

    /// <summary>True when what is asked for has been seen by the controller that does it.</summary>
    public bool IsObserved => (thing.Number("status", "observedGeneration") ?? 0) >= (thing.Number("metadata", "generation") ?? 0);

    /// <summary>How long a rollout may stand still; null where nobody set that.</summary>
    public TimeSpan? ProgressDeadline => Kind == "Deployment"
        && thing.Number("spec", "progressDeadlineSeconds") is { } seconds and < int.MaxValue ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>What keeps pods of an older specification, when there are any.</summary>
    public RolloutHold Holds => IsPaused ? RolloutHold.Paused : IsRestartable && Strategy == "OnDelete" ? RolloutHold.OnDelete
        : Partition > 0 ? RolloutHold.Partition : RolloutHold.None;

    /// <summary>True while pods are replaced by others, as <c>kubectl rollout status</c> sees it.</summary>
    public bool IsUpdating
    {
        get
        {
            if (!IsRestartable || !IsSeen) return false;
            if (!IsObserved) return true;
            long updated = thing.Number("status", Kind == "DaemonSet" ? "updatedNumberScheduled" : "updatedReplicas") ?? 0;
            bool rolls = Strategy == "RollingUpdate";
            return Kind switch
            {
                // Where pods count only after a while, those that do not yet are not there.
                "Deployment" => !IsPaused && (updated < Replicas || (thing.Number("status", "replicas") ?? 0) > updated
                    || (thing.Number("spec", "minReadySeconds") is > 0 && (thing.Number("status", "availableReplicas") ?? 0) < updated)),
                "DaemonSet" => rolls && updated < Wanted,
                // Those below the partition stay as they are, and the revisions differ for as long as it is there.
                _ => rolls && (Partition > 0 ? updated < Replicas - Partition
                    : thing.Text("status", "updateRevision") != thing.Text("status", "currentRevision")),
            };
        }
    }

    /// <summary>True when its rollout stands still for longer than it may, or its job gave up. What is newer counts anew.</summary>
    public bool HasFailed => IsFailedJob || (Kind == "Deployment" && IsObserved && !IsPaused && Late.ValueKind == JsonValueKind.Object);

    /// <summary>What its conditions say is wrong, in their own words; null when nothing is.</summary>
    public string? Problem
    {
        get
        {
            if (!IsSeen) return null;
            string?[] said =
            [
                HasFailed && Kind == "Deployment" ? Words(Late) : null,
                IsSo("ReplicaFailure") ? Words(Condition("ReplicaFailure")) : null,
                IsFailedJob ? Words(Condition("Failed")) : null,
            ];
            return said.OfType<string>().ToArray() is { Length: > 0 } all ? string.Join(" ", all) : null;
        }
    }

    /// <summary>Labels of its pods.</summary>
    public IReadOnlyDictionary<string, string> PodLabels => Template.Members("metadata", "labels")
        .ToDictionary(l => l.Name, l => l.Value.GetString() ?? "", StringComparer.Ordinal);

    /// <summary>Of anything: what decides over it.</summary>
    public static (string Id, string Kind, string Name)? OwnerOf(JsonElement thing)
    {
        JsonElement owner = thing.Items("metadata", "ownerReferences").FirstOrDefault(o => o.IsTrue("controller"));
        return owner.ValueKind == JsonValueKind.Object ? (owner.Text("uid") ?? "", owner.Text("kind") ?? "", owner.Text("name") ?? "") : null;
    }

    /// <summary>The specification of its pods.</summary>
    public JsonElement Template => Kind == "CronJob" ? thing.At("spec", "jobTemplate", "spec", "template") : Kind == "Pod" ? thing
        : thing.At("spec", "template");

    private JsonElement Late => Condition("Progressing") is var moving && moving.Text("status") == "False"
        && moving.Text("reason") == "ProgressDeadlineExceeded" ? moving : default;

    private JsonElement Condition(string type) => thing.Items("status", "conditions").FirstOrDefault(c => c.Text("type") == type);

    private bool IsSo(string type) => Condition(type).Text("status") == "True";

    private static string Words(JsonElement condition) =>
        $"{condition.Text("reason")}{(condition.Text("message") is { } message ? ": " + message.TrimEnd('.') : "")}.";
}
