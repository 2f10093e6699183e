using System.Net;
using System.Text.Json.Nodes;

namespace OpsModule.Engine.Tests.Fixtures.Kubernetes;

/// <summary>Merge patches (RFC 7386). Strategic ones find containers by their names, and may replace a whole.</summary>
internal static class KubePatch
{
    public static JsonObject Read(HttpListenerRequest request)
    {
        using var reader = new StreamReader(request.InputStream);
        return JsonNode.Parse(reader.ReadToEnd())!.AsObject();
    }

    public static void Merge(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is null) target.Remove(name);
            else if (value is JsonObject whole && whole.ContainsKey("$patch"))
            {
                JsonObject bare = whole.DeepClone().AsObject();
                bare.Remove("$patch");
                target[name] = bare;
            }
            else if (value is JsonArray items && name is "containers" or "initContainers" && target[name] is JsonArray)
            {
                foreach (JsonObject item in value!.AsArray().Select(i => i!.AsObject()))
                    Merge(target[name]!.AsArray().Select(c => c!.AsObject()).First(c => (string)c["name"]! == (string)item["name"]!), item);
            }
            else if (value is JsonObject inner)
            {
                if (target[name] is not JsonObject) target[name] = new JsonObject();
                Merge(target[name]!.AsObject(), inner);
            }
            else target[name] = value.DeepClone();
        }
    }
}
