using System.Globalization;
using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Connections.Platforms.Kubernetes;

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

    public string? Image => (Kind == "CronJob" ? thing.At("spec", "jobTemplate", "spec", "template") : Kind == "Pod" ? thing : thing.At("spec", "template"))
        .Items("spec", "containers").Select(c => c.Text("image")).FirstOrDefault();

    /// <summary>True while a job has work to do.</summary>
    public bool IsUnfinishedJob => Kind == "Job" && !thing.IsTrue("spec", "suspend") && !Conditions("Complete") && !Conditions("Failed");

    /// <summary>True of a job that gave up.</summary>
    public bool IsFailedJob => Kind == "Job" && Conditions("Failed");

    /// <summary>How many pods of a kind that owns them by itself are wanted; null where the pods tell.</summary>
    public int? Wanted => !IsSeen ? null : Kind switch
    {
        "Deployment" or "StatefulSet" or "ReplicaSet" => Replicas,
        "DaemonSet" => (int)(thing.Number("status", "desiredNumberScheduled") ?? 0),
        "Job" => IsUnfinishedJob ? (int)Math.Max(1, thing.Number("status", "active") ?? 0) : IsFailedJob ? 1 : 0,
        _ => null,
    };

    /// <summary>True while pods are replaced by others, as <c>kubectl rollout status</c> sees it.</summary>
    public bool IsUpdating
    {
        get
        {
            if (!IsRestartable) return false;
            if ((thing.Number("status", "observedGeneration") ?? 0) < (thing.Number("metadata", "generation") ?? 0)) return true;
            long updated = thing.Number("status", Kind == "DaemonSet" ? "updatedNumberScheduled" : "updatedReplicas") ?? 0;
            bool rolls = thing.Text("spec", "updateStrategy", "type") is null or "RollingUpdate";
            return Kind switch
            {
                "Deployment" => updated < Replicas || (thing.Number("status", "replicas") ?? 0) > updated,
                "DaemonSet" => rolls && updated < Wanted,
                // Those below the partition stay as they are, and the revisions differ for as long as it is there.
                _ => rolls && (thing.Number("spec", "updateStrategy", "rollingUpdate", "partition") is { } partition and > 0
                    ? updated < Replicas - partition : thing.Text("status", "updateRevision") != thing.Text("status", "currentRevision")),
            };
        }
    }

    /// <summary>Of anything: what decides over it.</summary>
    public static (string Id, string Kind, string Name)? OwnerOf(JsonElement thing)
    {
        JsonElement owner = thing.Items("metadata", "ownerReferences").FirstOrDefault(o => o.IsTrue("controller"));
        return owner.ValueKind == JsonValueKind.Object ? (owner.Text("uid") ?? "", owner.Text("kind") ?? "", owner.Text("name") ?? "") : null;
    }

    private bool Conditions(string type) => thing.Items("status", "conditions").Any(c => c.Text("type") == type && c.Text("status") == "True");
}
