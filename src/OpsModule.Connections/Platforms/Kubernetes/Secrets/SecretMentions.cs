using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes.Reading;

namespace OpsModule.Connections.Platforms.Kubernetes.Secrets;

/// <summary>Finds where the specification of pods names Secrets.</summary>
internal static class SecretMentions
{
    private static readonly string[] Lists = ["initContainers", "containers"];

    /// <summary>What a workload takes of any Secret.</summary>
    public static IEnumerable<SecretMention> Of(string service, Workload workload)
    {
        JsonElement spec = TemplateOf(workload).At("spec");
        foreach (JsonElement container in Lists.SelectMany(l => spec.Items(l)))
        {
            string of = $" of {container.Text("name")}";
            foreach (JsonElement variable in container.Items("env"))
                if (variable.Text("valueFrom", "secretKeyRef", "name") is { } name)
                    yield return new SecretMention(service, name, variable.Text("valueFrom", "secretKeyRef", "key"),
                        $"variable {variable.Text("name")}{of}", false) { Variable = variable.Text("name") };
            foreach (JsonElement all in container.Items("envFrom"))
                if (all.Text("secretRef", "name") is { } name)
                    yield return new SecretMention(service, name, null, $"variables{of}", false);
            foreach (JsonElement mount in container.Items("volumeMounts"))
                foreach ((string name, string? key) in Mounted(spec, mount.Text("name")))
                {
                    bool isPart = mount.Text("subPath") is not null || mount.Text("subPathExpr") is not null;
                    yield return new SecretMention(service, name, key,
                        $"{(isPart ? "file" : "volume")} {mount.Text("mountPath")}{of}", !isPart);
                }
        }
    }

    /// <summary>The variables of a workload whose values stand in its specification.</summary>
    public static IEnumerable<(string Name, string Value)> Literals(Workload workload) =>
        from container in Lists.SelectMany(l => TemplateOf(workload).At("spec").Items(l))
        from variable in container.Items("env")
        let value = variable.Text("value")
        where value is not null
        select (variable.Text("name") ?? "", value);

    /// <summary>Gives a specification another Secret in the place of some; how often one was named.</summary>
    public static int Rename(JsonNode? pods, IReadOnlySet<string> old, string name)
    {
        int renamed = 0;
        foreach (JsonNode? container in Lists.SelectMany(l => pods?[l] as JsonArray ?? []))
        {
            foreach (JsonNode? variable in container?["env"] as JsonArray ?? []) Put(variable?["valueFrom"]?["secretKeyRef"], "name");
            foreach (JsonNode? all in container?["envFrom"] as JsonArray ?? []) Put(all?["secretRef"], "name");
        }
        foreach (JsonNode? volume in pods?["volumes"] as JsonArray ?? [])
        {
            Put(volume?["secret"], "secretName");
            foreach (JsonNode? source in volume?["projected"]?["sources"] as JsonArray ?? []) Put(source?["secret"], "name");
        }
        return renamed;

        void Put(JsonNode? node, string key)
        {
            if (node is not JsonObject place || (string?)place[key] is not { } was || was == name || !old.Contains(was)) return;
            place[key] = name;
            renamed++;
        }
    }

    private static JsonElement TemplateOf(Workload workload) => workload.Kind switch
    {
        "Pod" => workload.Thing,
        "CronJob" => workload.Thing.At("spec", "jobTemplate", "spec", "template"),
        _ => workload.Thing.At("spec", "template"),
    };

    private static IEnumerable<(string Name, string? Key)> Mounted(JsonElement spec, string? volume)
    {
        foreach (JsonElement found in spec.Items("volumes").Where(v => v.Text("name") == volume))
        {
            if (found.Text("secret", "secretName") is { } name)
                foreach (string? key in Keys(found.At("secret"))) yield return (name, key);
            foreach (JsonElement source in found.At("projected").Items("sources"))
                if (source.Text("secret", "name") is { } part)
                    foreach (string? key in Keys(source.At("secret"))) yield return (part, key);
        }
    }

    private static IEnumerable<string?> Keys(JsonElement secret)
    {
        string?[] keys = [.. secret.Items("items").Select(i => i.Text("key"))];
        return keys.Length == 0 ? [null] : keys;
    }
}
