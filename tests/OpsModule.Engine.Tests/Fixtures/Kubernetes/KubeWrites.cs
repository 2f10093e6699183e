using System.Net;
using System.Text.Json.Nodes;

namespace OpsModule.Engine.Tests.Fixtures.Kubernetes;

/// <summary>What changes objects: made, patched, replaced, removed; with the version that was read as a condition, and without doing it.</summary>
internal static class KubeWrites
{
    public static async Task CreateAsync(HttpListenerContext context, KubeStore store, string resource, string full, KubeStreams.Refuse refuse,
        Func<HttpListenerContext, int, JsonObject, Task> answer)
    {
        JsonObject made = KubePatch.Read(context.Request);
        string name = (string)made["metadata"]!["name"]!;
        if (store.Find(resource, name) is not null) await refuse(context, 409, "AlreadyExists", $"{full} \"{name}\" already exists");
        else if (context.Request.QueryString["dryRun"] == "All") await answer(context, 201, made);
        else await answer(context, 201, store.Add(resource, made));
    }

    public static async Task ChangeAsync(HttpListenerContext context, KubeStore store, string resource, string name, KubeStreams.Refuse refuse,
        Func<HttpListenerContext, int, JsonObject, Task> answer)
    {
        if (context.Request.HttpMethod == "DELETE")
        {
            store.Remove(resource, name);
            await answer(context, 200, new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success" });
            return;
        }
        bool whole = context.Request.HttpMethod == "PUT";
        JsonObject given = KubePatch.Read(context.Request);
        if (resource == "secrets" && whole && (bool?)store.Find(resource, name)!["immutable"] is true)
        {
            await refuse(context, 422, "Invalid", $"Secret \"{name}\" is invalid: data: Forbidden: field is immutable when `immutable` is set");
            return;
        }
        if (context.Request.QueryString["dryRun"] == "All")
        {
            JsonObject tried = store.Find(resource, name)!;
            KubePatch.Merge(tried, given);
            await answer(context, 200, tried);
            return;
        }
        JsonObject? changed = store.ChangeIf(resource, name, (string?)given["metadata"]?["resourceVersion"], known =>
        {
            if (!whole) KubePatch.Merge(known, given);
            else
            {
                if (given["spec"] is { } spec) known["spec"] = spec.DeepClone();
                if (given["data"] is { } data) known["data"] = data.DeepClone();
                if (known["metadata"]!["annotations"] is not null) known["metadata"]!["annotations"] = given["metadata"]!["annotations"]?.DeepClone();
                // What the server itself keeps there (uid, generation) is not the caller's.
                KubePatch.Merge(known["metadata"]!.AsObject(), given["metadata"]!.AsObject());
            }
            if (context.Request.QueryString["fieldManager"] is { } manager) Note(known, given, manager);
        });
        if (changed is not null) await answer(context, 200, changed);
        else
            await refuse(context, 409, "Conflict",
                $"Operation cannot be fulfilled on {resource} \"{name}\": the object has been modified; please apply your changes to the latest version and try again");
    }

    /// <summary>Who wrote the specification of the pods last.</summary>
    private static void Note(JsonObject thing, JsonObject patch, string manager)
    {
        if (patch["spec"]?["template"] is null) return;
        thing["metadata"]!["managedFields"] = new JsonArray(new JsonObject
        {
            ["manager"] = manager, ["operation"] = "Update", ["time"] = KubeSamples.Time(DateTimeOffset.UtcNow),
            ["fieldsV1"] = new JsonObject { ["f:spec"] = new JsonObject { ["f:template"] = new JsonObject { ["f:spec"] = new JsonObject() } } },
        });
    }
}
