using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Connections.Platforms.Kubernetes.Asking;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>The specification of a workload's pods: what it is told apart by, and what an edit makes of it.</summary>
internal static class PodTemplate
{
    /// <summary>The label by which a Deployment tells its ReplicaSets apart; it is of the ReplicaSet, not of what somebody asked
    /// for.</summary>
    private const string HashLabel = "pod-template-hash";

    /// <summary>How a patch says that it takes the place of the whole.</summary>
    private const string Directive = "$patch";

    private static readonly string[] Groups = ["containers", "initContainers"];

    /// <summary>A hash that is the same for the same specification, wherever it was read.</summary>
    public static string Hash(JsonElement template)
    {
        var text = new StringBuilder();
        Write(Bare(template), text);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))).ToLowerInvariant();
    }

    /// <summary>The specification as somebody asked for it: without what the cluster added to tell revisions apart.</summary>
    public static JsonObject Bare(JsonElement template)
    {
        if (template.ValueKind != JsonValueKind.Object) return [];
        JsonObject bare = JsonObject.Create(template)!.DeepClone().AsObject();
        bare.Remove(Directive);
        if (bare["metadata"]?["labels"] is JsonObject labels) labels.Remove(HashLabel);
        return bare;
    }

    /// <summary>What an edit makes of it.</summary>
    public static JsonElement Edit(JsonElement template, WorkloadEdit edit)
    {
        JsonObject edited = Bare(template);
        JsonObject container = Groups.SelectMany(g => edited["spec"]?[g]?.AsArray() ?? []).OfType<JsonObject>()
            .First(c => (string?)c["name"] == edit.Container);
        Merge(container, Container(template, edit));
        return JsonSerializer.SerializeToElement(edited);
    }

    /// <summary>The patch of the specification that makes the edit; containers are found by their names.</summary>
    public static JsonObject Patch(JsonElement template, WorkloadEdit edit)
    {
        string group = Groups.First(g => template.Items("spec", g).Any(c => c.Text("name") == edit.Container));
        return new JsonObject { ["spec"] = new JsonObject { [group] = new JsonArray(Container(template, edit)) } };
    }

    /// <summary>The patch that puts another specification in its place.</summary>
    public static JsonObject Replacement(JsonElement template)
    {
        JsonObject whole = Bare(template);
        whole[Directive] = "replace";
        return whole;
    }

    private static JsonObject Container(JsonElement template, WorkloadEdit edit)
    {
        JsonElement now = Groups.SelectMany(g => template.Items("spec", g)).First(c => c.Text("name") == edit.Container);
        var container = new JsonObject { ["name"] = edit.Container };
        if (edit.Image is { } image) container["image"] = image;
        JsonObject limits = [], requests = [];
        foreach ((string name, string? amount) in new[] { ("memory", edit.Memory), ("cpu", edit.Cpu) })
        {
            if (amount is null) continue;
            limits[name] = amount;
            // More must not be promised than it may use.
            if (Quantity.Read(now.Text("resources", "requests", name)) > Quantity.Read(amount)) requests[name] = amount;
        }
        var resources = new JsonObject();
        if (limits.Count > 0) resources["limits"] = limits;
        if (requests.Count > 0) resources["requests"] = requests;
        if (resources.Count > 0) container["resources"] = resources;
        return container;
    }

    private static void Merge(JsonObject into, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is JsonObject inner && into[name] is JsonObject known) Merge(known, inner);
            else into[name] = value?.DeepClone();
        }
    }

    /// <summary>Members in the order of their names; what is null, or an empty object, is the same as what is not there.</summary>
    private static void Write(JsonNode? node, StringBuilder text)
    {
        switch (node)
        {
            case JsonObject members:
                text.Append('{');
                foreach ((string name, JsonNode? value) in members.Where(m => !IsNothing(m.Value))
                    .OrderBy(m => m.Key, StringComparer.Ordinal))
                {
                    text.Append(JsonSerializer.Serialize(name)).Append(':');
                    Write(value, text);
                    text.Append(',');
                }
                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                foreach (JsonNode? item in items)
                {
                    Write(item, text);
                    text.Append(',');
                }
                text.Append(']');
                break;
            default:
                text.Append(node?.ToJsonString() ?? "null");
                break;
        }
    }

    private static bool IsNothing(JsonNode? node) => node is null or JsonObject { Count: 0 };
}
