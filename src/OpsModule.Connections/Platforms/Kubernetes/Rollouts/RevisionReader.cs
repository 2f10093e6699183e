using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Platforms.Kubernetes.Reading;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>Reads what the cluster keeps of a workload's earlier specifications: ReplicaSets of a Deployment, ControllerRevisions of
/// others.</summary>
internal static class RevisionReader
{
    /// <summary>Where a Deployment, and each of its ReplicaSets, says its number.</summary>
    public const string NumberKey = "deployment.kubernetes.io/revision";

    /// <summary>What keeps the revisions of a kind.</summary>
    public static string KeptIn(string kind) => kind == "Deployment" ? "replicasets.apps" : "controllerrevisions.apps";

    /// <summary>All of a workload, the newest first.</summary>
    public static IReadOnlyList<WorkloadRevision> Read(JsonElement workload, IEnumerable<JsonElement> kept)
    {
        string uid = workload.Text("metadata", "uid") ?? "", now = PodTemplate.Hash(workload.At("spec", "template"));
        WorkloadRevision[] found = [.. kept.Where(k => Workload.OwnerOf(k)?.Id == uid).Select(k => Of(k, now)).OfType<WorkloadRevision>()
            .OrderByDescending(r => r.Number)];
        int current = Array.FindIndex(found, r => PodTemplate.Hash(r.Template) == now);
        if (current < 0) return found;
        found[current] = Newest(found[current], workload);
        return found;
    }

    /// <summary>The number of what is asked for; null while the cluster has not made it.</summary>
    public static long? NumberOf(JsonElement workload, IReadOnlyList<WorkloadRevision> known) =>
        known.FirstOrDefault(r => r.IsCurrent)?.Number;

    private static WorkloadRevision? Of(JsonElement kept, string now)
    {
        bool isSet = kept.Text("kind") != "ControllerRevision";
        JsonElement template = isSet ? kept.At("spec", "template") : kept.At("data", "spec", "template");
        // A ReplicaSet that the controller has not numbered yet is asked for again in a moment.
        long? number = isSet ? RevisionNote.Number(kept.Text("metadata", "annotations", NumberKey)) : kept.Number("revision");
        if (number is not { } known || template.ValueKind != JsonValueKind.Object) return null;
        string hash = PodTemplate.Hash(template);
        RevisionNote? note = RevisionNote.Of(kept) is { } own && own.Template == hash ? own : null;
        return new WorkloadRevision
        {
            Number = known, Name = kept.Text("metadata", "name") ?? "", MadeAt = kept.Time("metadata", "creationTimestamp"),
            IsCurrent = hash == now, Instances = isSet ? (int)(kept.Number("status", "replicas") ?? kept.Number("spec", "replicas") ?? 0)
                : null,
            Images = template.Items("spec", "containers").Concat(template.Items("spec", "initContainers"))
                .Where(c => c.Text("name") is not null)
                .DistinctBy(c => c.Text("name")).ToDictionary(c => c.Text("name")!, c => c.Text("image") ?? ""),
            Change = note?.Change, By = note?.By, Cause = RevisionNote.CauseOf(kept, hash), Template = template,
        };
    }

    /// <summary>Of what is asked for now the API server knows who wrote it last, which may be another than who made the revision
    /// first.</summary>
    private static WorkloadRevision Newest(WorkloadRevision revision, JsonElement workload) =>
        RevisionNote.ManagerOf(workload) is not { } manager || manager is RevisionNote.Manager || IsOfAnyPatch(manager) ? revision
            : revision with { Change = null, By = manager, Cause = revision.Change is null ? revision.Cause : null };

    /// <summary>An old kubectl has no name of its own for what we change.</summary>
    private static bool IsOfAnyPatch(string manager) => manager is "kubectl" or "kubectl-patch";
}
