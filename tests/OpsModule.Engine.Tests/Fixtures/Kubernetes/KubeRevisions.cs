using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace OpsModule.Engine.Tests.Fixtures.Kubernetes;

/// <summary>Keeps revisions as a cluster's controllers do: ReplicaSets of a Deployment, ControllerRevisions of others, each with a number.</summary>
internal sealed class KubeRevisions(KubeStore store)
{
    private const string Number = "deployment.kubernetes.io/revision";

    /// <summary>What tells a specification from others, whatever the order of its members.</summary>
    public static string HashOf(JsonObject workload)
    {
        var text = new StringBuilder();
        Write(workload["spec"]!["template"], text);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..8].ToLowerInvariant();
    }

    /// <summary>The ReplicaSet of what a Deployment asks for now, with the annotations of the Deployment.</summary>
    public JsonObject SetOf(JsonObject deployment, string hash)
    {
        string name = $"{(string)deployment["metadata"]!["name"]!}-{hash}";
        JsonObject[] all = [.. store.List("replicasets").Where(s => IsOf(s, deployment))];
        int newest = all.Select(s => int.Parse((string?)s["metadata"]!["annotations"]?[Number] ?? "0")).DefaultIfEmpty().Max();
        if (store.Find("replicasets", name) is null)
            store.Add("replicasets", Owned(KubeSamples.Workload("ReplicaSet", name), deployment).With(s =>
            {
                JsonObject template = deployment["spec"]!["template"]!.DeepClone().AsObject();
                template["metadata"]!["labels"]!["pod-template-hash"] = hash;
                (s["spec"]!["template"], s["metadata"]!["annotations"]) = (template, new JsonObject());
            }));
        return store.Change("replicasets", name, s =>
        {
            string? own = (string?)s["metadata"]!["annotations"]?[Number];
            s["metadata"]!["annotations"] = Copy(deployment);
            s["metadata"]!["annotations"]![Number] = own is not null && int.Parse(own) == newest ? own : (newest + 1).ToString();
        })!;
    }

    /// <summary>The ControllerRevision of what another workload asks for now; one that is asked for again only gets a new number.</summary>
    public void RevisionOf(JsonObject workload, string hash)
    {
        string name = $"{(string)workload["metadata"]!["name"]!}-{hash}";
        int newest = store.List("controllerrevisions").Where(s => IsOf(s, workload)).Select(s => (int)s["revision"]!).DefaultIfEmpty().Max();
        if (store.Find("controllerrevisions", name) is { } known)
        {
            if ((int)known["revision"]! < newest) store.Change("controllerrevisions", name, r => r["revision"] = newest + 1);
            return;
        }
        JsonObject template = workload["spec"]!["template"]!.DeepClone().AsObject();
        template["$patch"] = "replace";
        JsonObject made = Owned(KubeSamples.Thing("ControllerRevision", "apps/v1", name), workload);
        made.Remove("spec");
        made.Remove("status");
        made["metadata"]!["annotations"] = Copy(workload);
        made["data"] = new JsonObject { ["spec"] = new JsonObject { ["template"] = template } };
        made["revision"] = newest + 1;
        store.Add("controllerrevisions", made);
    }

    public static JsonObject Owned(JsonObject thing, JsonObject owner)
    {
        thing["metadata"]!["ownerReferences"] = KubeSamples.Pod("x", owner)["metadata"]!["ownerReferences"]!.DeepClone();
        return thing;
    }

    private static JsonObject Copy(JsonObject workload) => (JsonObject?)workload["metadata"]!["annotations"]?.DeepClone() ?? [];

    private static bool IsOf(JsonObject thing, JsonObject owner) =>
        (string?)thing["metadata"]!["ownerReferences"]?[0]?["uid"] == (string?)owner["metadata"]!["uid"];

    private static void Write(JsonNode? node, StringBuilder text)
    {
        if (node is JsonObject members)
            foreach ((string name, JsonNode? value) in members.Where(m => m.Value is not null).OrderBy(m => m.Key, StringComparer.Ordinal))
            {
                text.Append(name).Append('{');
                Write(value, text);
                text.Append('}');
            }
        else if (node is JsonArray items)
            foreach (JsonNode? item in items) Write(item, text);
        else text.Append(node?.ToJsonString()).Append(';');
    }
}
