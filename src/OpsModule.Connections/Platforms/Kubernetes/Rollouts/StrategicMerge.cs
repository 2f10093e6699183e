using System.Text.Json.Nodes;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>What the API server makes of those patches that are made here: objects are merged, containers found by name, a whole
/// replaced.</summary>
internal static class StrategicMerge
{
    private const string Directive = "$patch";

    public static void Apply(JsonObject into, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
            switch (value)
            {
                case null:
                    into.Remove(name);
                    break;
                case JsonObject whole when (string?)whole[Directive] == "replace":
                    JsonObject bare = whole.DeepClone().AsObject();
                    bare.Remove(Directive);
                    into[name] = bare;
                    break;
                case JsonObject inner when into[name] is JsonObject known:
                    Apply(known, inner);
                    break;
                case JsonArray items when name is "containers" or "initContainers" && into[name] is JsonArray known:
                    foreach (JsonObject item in items.OfType<JsonObject>())
                        if (known.OfType<JsonObject>().FirstOrDefault(k =>
                            (string?)k["name"] == (string?)item["name"]) is { } same) Apply(same, item);
                        else known.Add(item.DeepClone());
                    break;
                default:
                    into[name] = value.DeepClone();
                    break;
            }
    }
}
