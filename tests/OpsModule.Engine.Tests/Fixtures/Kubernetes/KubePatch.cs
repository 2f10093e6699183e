using System.Net;
using System.Text.Json.Nodes;

namespace OpsModule.Engine.Tests.Fixtures.Kubernetes;

/// <summary>Merge patches (RFC 7386). Strategic ones differ only where lists are patched, which nobody here does.</summary>
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
            else if (value is JsonObject inner)
            {
                if (target[name] is not JsonObject) target[name] = new JsonObject();
                Merge(target[name]!.AsObject(), inner);
            }
            else target[name] = value.DeepClone();
        }
    }
}
