using System.Globalization;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Compose.Rollouts;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>Asks Compose what it would make of a service's files.</summary>
internal static class ComposeModelReader
{
    /// <summary>Reads a service.</summary>
    /// <exception cref="OpsException"><c>ComposeMissing</c>, <c>ComposeFailed</c>, <c>ServiceNotFound</c>.</exception>
    public static async Task<InstanceModel> ReadAsync(ComposeSource source, string project, string service, CancellationToken ct)
    {
        ComposeInstallation compose = await ComposeProgram.FindAsync(ct).ConfigureAwait(false);
        string text = await ComposeProgram.AskAsync(source, project, compose.IsFirst ? [] : ["--profile", "*"],
            compose.IsFirst ? ["config"] : ["config", "--format", "json"], null, ct).ConfigureAwait(false);
        JsonObject all = ComposeJson.Read(text, compose.IsFirst);
        if ((all["services"] as JsonObject)?[service] is not JsonObject own)
            throw new OpsException("ServiceNotFound", OpsErrorCategory.ObjectNotFound,
                $"The files {string.Join(", ", source.Files)} do not hold the service {service} any more.",
                "Put it back into the compose file, or take its containers away.", service);
        // The files that hold variables stand in the files alone; what Compose prints has their values.
        IReadOnlyList<string> variables = [];
        try { variables = ComposeFile.Read(source).Services.FirstOrDefault(s => s.Name == service)?.EnvFiles ?? []; }
        catch (OpsException) { /* Compose could read them, and it is asked for what counts */ }
        IEnumerable<string> projects = source.EnvFiles.Count > 0 ? source.EnvFiles : [Path.Combine(source.Folder, ".env")];
        return Of(all, service, project, source) with { VariableFiles = [.. projects.Concat(variables).Distinct().Where(File.Exists)] };
    }

    /// <summary>What the JSON of a whole says of a service.</summary>
    public static InstanceModel Of(JsonObject all, string service, string project, ComposeSource source)
    {
        var own = (JsonObject)all["services"]![service]!;
        var check = own["healthcheck"] as JsonObject;
        string[] test = [.. ComposeJson.List(check?["test"]).Select(ComposeJson.Text).OfType<string>()];
        bool isOff = ComposeJson.Text(check?["disable"]) is "true" || test is ["NONE", ..];
        var deploy = own["deploy"] as JsonObject;
        return new InstanceModel
        {
            Service = service, Project = project, Resolved = ComposeJson.Write(ComposeJson.Only(all, service)),
            Files = source.Files, Folder = source.Folder, EnvFiles = source.EnvFiles,
            MountedFiles = [.. MountedFiles(all, own).Distinct().Where(File.Exists).Order(StringComparer.Ordinal)],
            Image = ComposeJson.Text(own["image"]), IsBuilt = own["build"] is not null,
            Replicas = int.TryParse(ComposeJson.Text(deploy?["replicas"]) ?? ComposeJson.Text(own["scale"]), CultureInfo.InvariantCulture,
                out int replicas) ? replicas : 1,
            Variables = ComposeJson.Variables(own["environment"]),
            HasHealthCheck = test.Length > 0 && !isOff, IsHealthCheckOff = isOff,
            Traits = [.. ComposeTraits.Of(all, service)],
            PreStop = [.. ComposeJson.List(own["pre_stop"]).OfType<JsonObject>().Select(Hook)],
            PostStart = [.. ComposeJson.List(own["post_start"]).OfType<JsonObject>().Select(Hook)],
        };
    }

    private static IEnumerable<string> MountedFiles(JsonObject all, JsonObject own)
    {
        foreach (string kind in (string[])["secrets", "configs"])
            foreach (JsonNode? used in ComposeJson.List(own[kind]))
                if ((used is JsonObject map ? ComposeJson.Text(map["source"]) : ComposeJson.Text(used)) is { } name
                    && ComposeJson.Text(((all[kind] as JsonObject)?[name] as JsonObject)?["file"]) is { } file) yield return file;
        foreach (JsonNode? volume in ComposeJson.List(own["volumes"]))
            if ((volume is JsonObject map ? ComposeJson.Text(map["type"]) is "bind" ? ComposeJson.Text(map["source"]) : null
                : ComposeJson.Text(volume)?.Split(':')[0]) is { } path
                && Path.IsPathRooted(path)) yield return path;
    }

    private static InstanceHook Hook(JsonObject hook)
    {
        string[] words = hook["command"] is JsonArray list ? [.. list.Select(ComposeJson.Text).OfType<string>()]
            : ["/bin/sh", "-c", ComposeJson.Text(hook["command"]) ?? "true"];
        return new InstanceHook([.. words.Select(w => w.Replace("$$", "$"))], ComposeJson.Text(hook["user"]),
            [.. ComposeJson.Variables(hook["environment"]).Where(v => v.Value is not null).Select(v => $"{v.Key}={v.Value}")],
                ComposeJson.Text(hook["working_dir"]));
    }
}
