using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Connections.Platforms.Kubernetes.Reading;

/// <summary>Turns the cluster's events, and what pods tell of the ends of their containers, into ours.</summary>
public static class EventReader
{
    /// <summary>An event of the API, what it is about, and a key that is the same when it is told again.</summary>
    public static (string Key, PlatformEvent Happened, string Kind, string Name) Read(JsonElement told)
    {
        string reason = told.Text("reason") ?? "", kind = told.Text("involvedObject", "kind") ?? "", name = told.Text("involvedObject", "name") ?? "";
        DateTimeOffset at = told.Time("series", "lastObservedTime") ?? told.Time("lastTimestamp") ?? told.Time("eventTime") ?? told.Time("metadata", "creationTimestamp") ?? DateTimeOffset.UnixEpoch;
        long count = told.Number("series", "count") ?? told.Number("count") ?? 1;
        string message = told.Text("message")?.Trim() is { } text ? $"{reason}: {text}" : reason;
        var happened = new PlatformEvent(at, Kind(reason, told.Text("type")), "", kind == "Pod" ? name : $"{kind.ToLowerInvariant()}/{name}", count > 1 ? $"{message} ({count} times)" : message);
        return ($"{told.Text("metadata", "uid")} {count}", happened, kind, name);
    }

    /// <summary>How containers of a pod ended, this time and the time before.</summary>
    public static IEnumerable<(string Key, PlatformEvent Happened, string Kind, string Name)> Ends(JsonElement pod)
    {
        string name = pod.Text("metadata", "name") ?? "";
        foreach (JsonElement status in pod.Items("status", "initContainerStatuses").Concat(pod.Items("status", "containerStatuses")))
        {
            foreach (string which in (string[])["lastState", "state"])
            {
                JsonElement ended = status.At(which, "terminated");
                if (ended.Time("finishedAt") is not { } at) continue;
                int? code = (int?)ended.Number("exitCode");
                bool memory = ended.Text("reason") == "OOMKilled";
                string message = $"the container {status.Text("name")} " + (memory ? "was ended for want of memory" : $"ended with exit code {code}");
                yield return ($"{pod.Text("metadata", "uid")} {status.Text("name")} {at:O}",
                    new PlatformEvent(at, memory ? PlatformEventKind.OutOfMemory : PlatformEventKind.Died, "", name, message, code), "Pod", name);
            }
        }
    }

    private static PlatformEventKind Kind(string reason, string? type) => reason switch
    {
        "SuccessfulCreate" or "Created" => PlatformEventKind.Created,
        "Started" => PlatformEventKind.Started,
        "SuccessfulDelete" => PlatformEventKind.Removed,
        "Evicted" => PlatformEventKind.Died,
        "OOMKilling" => PlatformEventKind.OutOfMemory,
        "Unhealthy" => PlatformEventKind.HealthChanged,
        _ => type == "Warning" ? PlatformEventKind.Warning : PlatformEventKind.Other,
    };
}
