using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Platforms.Kubernetes.Reading;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>Turns what the API server says of a workload into a record.</summary>
internal static class WorkloadReader
{
    /// <summary>One workload.</summary>
    public static WorkloadRecord Read(string service, JsonElement thing, long? revision = null)
    {
        var workload = new Workload(thing);
        JsonElement template = workload.Template;
        string main = template.Text("metadata", "annotations", PodReader.MainContainer)
            ?? template.Items("spec", "containers").Select(c => c.Text("name")).FirstOrDefault() ?? "";
        string hash = PodTemplate.Hash(template);
        return new WorkloadRecord
        {
            Service = service, Kind = workload.Kind, Name = workload.Name, Uid = workload.Id,
            Version = thing.Text("metadata", "resourceVersion") ?? "", Template = hash,
            Change = RevisionNote.Of(thing) is { } note && note.Template == hash ? note.Change : null,
            Containers = [.. template.Items("spec", "containers").Select(c => Container(c, false)).OrderByDescending(c => c.Name == main),
                .. template.Items("spec", "initContainers").Select(c => Container(c, c.Text("restartPolicy") != "Always"))],
            Replicas = workload.IsScalable ? workload.Replicas : null, Strategy = workload.Strategy, Held = workload.Holds,
            Partition = workload.Partition, ProgressDeadline = workload.ProgressDeadline,
            RevisionLimit = (int)(thing.Number("spec", "revisionHistoryLimit") ?? 10), Revision = revision, HasFailed = workload.HasFailed,
            IsUpdating = workload.IsUpdating, ChangedBy = RevisionNote.ManagerOf(thing),
        };
    }

    private static WorkloadContainer Container(JsonElement container, bool isInit) => new(container.Text("name") ?? "",
        container.Text("image") ?? "", isInit, Amounts(container, "limits"), Amounts(container, "requests"))
    {
        IsProbed = container.At("readinessProbe").ValueKind == JsonValueKind.Object,
        HasPreStop = container.At("lifecycle", "preStop").ValueKind == JsonValueKind.Object,
    };

    private static Dictionary<string, string> Amounts(JsonElement container, string which) =>
        container.Members("resources", which).ToDictionary(a => a.Name, a => a.Value.ToString(), StringComparer.Ordinal);
}
