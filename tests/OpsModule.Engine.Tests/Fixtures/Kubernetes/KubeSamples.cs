using System.Text.Json.Nodes;

namespace OpsModule.Engine.Tests.Fixtures.Kubernetes;

/// <summary>Objects as an API server shows them.</summary>
public static class KubeSamples
{
    public const string Digest = "sha256:3f1c0b7a6f0de5d9a5f5f2d1c4b3a29187e6f5d4c3b2a19087f6e5d4c3b2a190";

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    /// <summary>A Deployment, StatefulSet or DaemonSet.</summary>
    public static JsonObject Workload(string kind, string name, int replicas = 1, string image = "example/app:1")
    {
        var spec = new JsonObject
        {
            ["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = name } },
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = name } },
                ["spec"] = new JsonObject { ["containers"] = new JsonArray(Container("app", image)) },
            },
        };
        if (kind != "DaemonSet") spec["replicas"] = replicas;
        return Thing(kind, "apps/v1", name, spec);
    }

    public static JsonObject Container(string name, string image = "example/app:1", bool probed = true)
    {
        var container = new JsonObject
        {
            ["name"] = name, ["image"] = image,
            ["ports"] = new JsonArray(new JsonObject { ["containerPort"] = 8080, ["protocol"] = "TCP" }),
            ["resources"] = new JsonObject { ["limits"] = new JsonObject { ["memory"] = "128Mi" } },
        };
        if (probed) container["readinessProbe"] = new JsonObject { ["httpGet"] = new JsonObject { ["path"] = "/ready", ["port"] = 8080 }, ["periodSeconds"] = 10, ["failureThreshold"] = 3 };
        return container;
    }

    /// <summary>A pod whose containers all run, until a test says otherwise.</summary>
    public static JsonObject Pod(string name, JsonObject? owner = null, params JsonObject[] containers)
    {
        if (containers.Length == 0) containers = [Container("app")];
        DateTimeOffset started = DateTimeOffset.UtcNow.AddMinutes(-10);
        JsonObject pod = Thing("Pod", "v1", name, new JsonObject { ["restartPolicy"] = "Always", ["containers"] = new JsonArray([.. containers]) });
        if (owner is not null)
        {
            pod["metadata"]!["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = owner["apiVersion"]!.DeepClone(), ["kind"] = owner["kind"]!.DeepClone(), ["name"] = owner["metadata"]!["name"]!.DeepClone(), ["uid"] = owner["metadata"]!["uid"]!.DeepClone(), ["controller"] = true,
            });
        }
        pod["status"] = new JsonObject
        {
            ["phase"] = "Running", ["podIP"] = "10.0.0.7", ["startTime"] = Time(started),
            ["conditions"] = new JsonArray(Condition("PodScheduled", "True"), Condition("Ready", "True"), Condition("ContainersReady", "True")),
            ["containerStatuses"] = new JsonArray([.. containers.Select(c => Status((string)c["name"]!, (string)c["image"]!, started))]),
        };
        return pod;
    }

    public static JsonObject Condition(string type, string status, string? reason = null, string? message = null) =>
        new() { ["type"] = type, ["status"] = status, ["reason"] = reason, ["message"] = message };

    public static JsonObject Status(string container, string image, DateTimeOffset started) => new()
    {
        ["name"] = container, ["image"] = image, ["imageID"] = "registry.example.net/" + image.Split(':')[0] + "@" + Digest, ["ready"] = true, ["started"] = true, ["restartCount"] = 0,
        ["state"] = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Time(started) } }, ["lastState"] = new JsonObject(),
    };

    public static JsonObject Waiting(string reason, string message = "back-off") => new() { ["waiting"] = new JsonObject { ["reason"] = reason, ["message"] = message } };

    public static JsonObject Terminated(int exitCode, string reason, DateTimeOffset? at = null)
    {
        DateTimeOffset end = at ?? DateTimeOffset.UtcNow.AddMinutes(-1);
        return new() { ["terminated"] = new JsonObject { ["exitCode"] = exitCode, ["reason"] = reason, ["startedAt"] = Time(end.AddSeconds(-5)), ["finishedAt"] = Time(end) } };
    }

    public static JsonObject Thing(string kind, string version, string name, JsonObject? spec = null) => new()
    {
        ["kind"] = kind, ["apiVersion"] = version, ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["app"] = name } }, ["spec"] = spec, ["status"] = new JsonObject(),
    };

    public static JsonObject Autoscaler(string kind, string target, int least, int most, int now) => Thing("HorizontalPodAutoscaler", "autoscaling/v2", target, new JsonObject
    {
        ["scaleTargetRef"] = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = kind, ["name"] = target }, ["minReplicas"] = least, ["maxReplicas"] = most,
    }).With(s => s["status"] = new JsonObject { ["currentReplicas"] = now, ["desiredReplicas"] = now });

    public static JsonObject Event(string reason, string kind, string name, string message, DateTimeOffset at, string type = "Normal", int count = 1) => new()
    {
        ["kind"] = "Event", ["apiVersion"] = "v1", ["metadata"] = new JsonObject { ["name"] = $"{name}.{Guid.NewGuid():N}" },
        ["involvedObject"] = new JsonObject { ["kind"] = kind, ["name"] = name, ["namespace"] = "shop" },
        ["reason"] = reason, ["message"] = message, ["type"] = type, ["count"] = count, ["firstTimestamp"] = Time(at), ["lastTimestamp"] = Time(at),
    };

    public static JsonObject Scale(JsonObject thing) => new()
    {
        ["kind"] = "Scale", ["apiVersion"] = "autoscaling/v1", ["metadata"] = new JsonObject { ["name"] = thing["metadata"]!["name"]!.DeepClone(), ["namespace"] = "shop", ["resourceVersion"] = thing["metadata"]!["resourceVersion"]!.DeepClone() },
        ["spec"] = new JsonObject { ["replicas"] = thing["spec"]!["replicas"]!.DeepClone() }, ["status"] = new JsonObject { ["replicas"] = thing["spec"]!["replicas"]!.DeepClone() },
    };

    public static JsonObject With(this JsonObject thing, Action<JsonObject> change)
    {
        change(thing);
        return thing;
    }
}
