using System.Text.Json.Nodes;

namespace OpsModule.Engine.Tests.Fixtures.Kubernetes;

/// <summary>Says which resources the API has, in the form without aggregation, which kubectl falls back to.</summary>
internal static class KubeDiscovery
{
    private static readonly (string Group, string Version, (string Name, string Kind, bool Namespaced)[] Resources)[] Groups =
    [
        ("", "v1", [("pods", "Pod", true), ("events", "Event", true), ("secrets", "Secret", true), ("configmaps", "ConfigMap", true), ("namespaces", "Namespace", false), ("nodes", "Node", false),
            ("services", "Service", true), ("endpoints", "Endpoints", true)]),
        ("apps", "v1", [("deployments", "Deployment", true), ("statefulsets", "StatefulSet", true), ("daemonsets", "DaemonSet", true), ("replicasets", "ReplicaSet", true),
            ("controllerrevisions", "ControllerRevision", true)]),
        ("batch", "v1", [("jobs", "Job", true), ("cronjobs", "CronJob", true)]),
        ("coordination.k8s.io", "v1", [("leases", "Lease", true)]),
        ("policy", "v1", [("poddisruptionbudgets", "PodDisruptionBudget", true)]),
        ("autoscaling", "v2", [("horizontalpodautoscalers", "HorizontalPodAutoscaler", true)]),
    ];

    public static JsonObject? Answer(string path) => path switch
    {
        "/version" => new JsonObject { ["major"] = "1", ["minor"] = "32", ["gitVersion"] = "v1.32.4" },
        "/api" => new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") },
        "/apis" => new JsonObject { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. Groups.Where(g => g.Group != "").Select(Group)]) },
        _ => Groups.FirstOrDefault(g => path == Root(g.Group, g.Version)) is { Resources: not null } found ? Resources(found.Group, found.Version, found.Resources) : null,
    };

    /// <summary>The kind and version of a resource; null when there is none of that name.</summary>
    public static (string Kind, string ApiVersion, string Group)? Find(string resource)
    {
        foreach ((string group, string version, (string Name, string Kind, bool)[] resources) in Groups)
            if (resources.FirstOrDefault(r => r.Name == resource) is { Kind: { } kind }) return (kind, group == "" ? version : $"{group}/{version}", group);
        return null;
    }

    /// <summary>False of what belongs to the whole cluster.</summary>
    public static bool IsNamespaced(string resource) => Groups.SelectMany(g => g.Resources).First(r => r.Name == resource).Namespaced;

    private static string Root(string group, string version) => group == "" ? $"/api/{version}" : $"/apis/{group}/{version}";

    private static JsonNode Group((string Group, string Version, (string, string, bool)[]) found)
    {
        JsonObject Version() => new() { ["groupVersion"] = $"{found.Group}/{found.Version}", ["version"] = found.Version };
        return new JsonObject { ["name"] = found.Group, ["versions"] = new JsonArray(Version()), ["preferredVersion"] = Version() };
    }

    private static JsonObject Resources(string group, string version, (string Name, string Kind, bool Namespaced)[] resources)
    {
        var list = new JsonArray();
        foreach ((string name, string kind, bool namespaced) in resources)
        {
            list.Add(new JsonObject { ["name"] = name, ["singularName"] = kind.ToLowerInvariant(), ["namespaced"] = namespaced, ["kind"] = kind, ["verbs"] = new JsonArray("get", "list", "patch", "watch", "create", "update", "delete") });
            if (name is "deployments" or "statefulsets" or "replicasets")
                list.Add(new JsonObject { ["name"] = name + "/scale", ["singularName"] = "", ["namespaced"] = true, ["group"] = "autoscaling", ["version"] = "v1", ["kind"] = "Scale", ["verbs"] = new JsonArray("get", "patch", "update") });
        }
        return new JsonObject { ["kind"] = "APIResourceList", ["apiVersion"] = "v1", ["groupVersion"] = group == "" ? version : $"{group}/{version}", ["resources"] = list };
    }
}
