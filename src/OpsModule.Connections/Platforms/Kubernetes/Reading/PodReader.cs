using System.Text.Json;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes.Asking;

namespace OpsModule.Connections.Platforms.Kubernetes.Reading;

/// <summary>Turns what the API server says of a pod into an instance.</summary>
public static class PodReader
{
    /// <summary>The annotation that names the container which programs are run in.</summary>
    internal const string MainContainer = "kubectl.kubernetes.io/default-container";

    /// <summary>One pod.</summary>
    /// <param name="pod">What the API server says of it.</param>
    /// <param name="service">The service that it belongs to.</param>
    /// <param name="now">The time.</param>
    /// <param name="patience">How long it may take to come up before it counts as stuck; null for ten minutes.</param>
    public static ServiceInstance Read(JsonElement pod, string service, DateTimeOffset now, TimeSpan? patience = null)
    {
        JsonElement[] containers = [.. pod.Items("spec", "containers")];
        // What starts first and goes on beside the others (a sidecar) is declared among those that only prepare.
        JsonElement[] sidecars = [.. pod.Items("spec", "initContainers").Where(IsSidecar)];
        string main = pod.Text("metadata", "annotations", MainContainer) ?? containers.Select(Name).FirstOrDefault() ?? "";
        JsonElement[] statuses = [.. pod.Items("status", "containerStatuses")], initial = [.. pod.Items("status", "initContainerStatuses")];
        JsonElement[] all = [.. initial, .. statuses];
        PodState told = PodState.Of(pod, now, patience);
        InstanceState state = told.State;
        JsonElement status = statuses.FirstOrDefault(s => Name(s) == main);
        JsonElement ended = all.Select(s => Ended(s, state)).Where(t => t.ValueKind == JsonValueKind.Object).OrderByDescending(t => t.Time("finishedAt")).FirstOrDefault();
        return new ServiceInstance
        {
            Id = pod.Text("metadata", "name") ?? "",
            Name = pod.Text("metadata", "name") ?? "",
            Service = service,
            Image = containers.FirstOrDefault(c => Name(c) == main).Text("image"),
            ImageDigest = Digest(status.Text("imageID")),
            State = state,
            Reason = told.Reason,
            Detail = told.Detail,
            IsStuck = told.IsStuck,
            Node = pod.Text("spec", "nodeName"),
            Health = state == InstanceState.Running ? Health(pod, containers, statuses, now) : InstanceHealth.None,
            Restarts = (int)all.Sum(s => s.Number("restartCount") ?? 0),
            ExitCode = (int?)ended.Number("exitCode"),
            IsDone = pod.Text("status", "phase") == "Succeeded",
            OutOfMemory = all.Any(s => s.Text("state", "terminated", "reason") == "OOMKilled" || s.Text("lastState", "terminated", "reason") == "OOMKilled"),
            MemoryLimitBytes = MemoryLimit([.. containers, .. sidecars]),
            StartedAt = status.Time("state", "running", "startedAt") ?? all.Select(Started).Min(),
            FinishedAt = state is InstanceState.Exited or InstanceState.Restarting ? ended.Time("finishedAt") : null,
            Ports = [.. containers.SelectMany(c => c.Items("ports")).Where(p => p.Number("containerPort") is not null).Select(Port)],
            Labels = pod.Members("metadata", "labels").ToDictionary(l => l.Name, l => l.Value.GetString() ?? ""),
            Address = pod.Text("status", "podIP"),
            Containers = [.. containers.Select(Name).OrderByDescending(n => n == main), .. sidecars.Select(Name)],
            InitContainers = [.. pod.Items("spec", "initContainers").Where(c => !IsSidecar(c)).Select(Name)],
        };
    }

    /// <summary>From readiness; what has a probe may take as long to pass it as the probe itself allows before it counts as ill.</summary>
    private static InstanceHealth Health(JsonElement pod, JsonElement[] containers, JsonElement[] statuses, DateTimeOffset now)
    {
        bool probed = containers.Any(c => c.At("readinessProbe").ValueKind == JsonValueKind.Object) || pod.Items("spec", "readinessGates").Any();
        if (Condition(pod, "Ready").Text("status") == "True") return probed ? InstanceHealth.Healthy : InstanceHealth.None;
        if (statuses.Any(s => s.At("started").ValueKind == JsonValueKind.False)) return InstanceHealth.Starting;
        foreach (JsonElement container in containers)
        {
            JsonElement probe = container.At("readinessProbe");
            if (probe.ValueKind != JsonValueKind.Object || statuses.FirstOrDefault(s => Name(s) == Name(container)) is not { ValueKind: JsonValueKind.Object } status || status.IsTrue("ready")) continue;
            long grace = (probe.Number("initialDelaySeconds") ?? 0) + ((probe.Number("failureThreshold") ?? 3) * (probe.Number("periodSeconds") ?? 10));
            if (status.Time("state", "running", "startedAt") is { } since && now - since < TimeSpan.FromSeconds(grace)) return InstanceHealth.Starting;
        }
        return InstanceHealth.Unhealthy;
    }

    private static JsonElement Condition(JsonElement pod, string type) => pod.Items("status", "conditions").FirstOrDefault(c => c.Text("type") == type);

    private static JsonElement Ended(JsonElement status, InstanceState state) => status.At("state", "terminated") is { ValueKind: JsonValueKind.Object } now ? now
        : state == InstanceState.Restarting ? status.At("lastState", "terminated") : default;

    private static DateTimeOffset? Started(JsonElement status) =>
        status.Time("state", "running", "startedAt") ?? status.Time("state", "terminated", "startedAt") ?? status.Time("lastState", "terminated", "startedAt");

    private static bool IsSidecar(JsonElement container) => container.Text("restartPolicy") == "Always";

    private static string Name(JsonElement container) => container.Text("name") ?? "";

    private static string? Digest(string? imageId) => imageId?.IndexOf("sha256:", StringComparison.Ordinal) is { } at and >= 0 ? imageId[at..] : null;

    private static long? MemoryLimit(JsonElement[] containers)
    {
        double?[] limits = [.. containers.Select(c => Quantity.Read(c.Text("resources", "limits", "memory")))];
        // A pod with one unlimited container has no limit.
        return limits.Length == 0 || limits.Contains(null) ? null : (long)limits.Sum()!.Value;
    }

    private static ServicePort Port(JsonElement port)
    {
        int? host = (int?)port.Number("hostPort");
        return new ServicePort((int)port.Number("containerPort")!.Value, (port.Text("protocol") ?? "TCP").ToLowerInvariant(), host is null ? null : port.Text("hostIP") ?? "0.0.0.0", host);
    }
}
