using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>
/// Writes the files that Compose is given beside, or in place of, the service's own: the image, or a model that was kept. They stay for
/// as long as
/// containers are there that were made of them, for their labels name them.
/// </summary>
internal static class ComposeMaker
{
    /// <summary>Names the image over the service's own files.</summary>
    internal const string ImageFile = "opsmodule-image.yaml";

    /// <summary>A model that was kept, whole.</summary>
    internal const string KeptFile = "opsmodule-kept.json";

    /// <summary>Where the service's own files are, for what was made of a kept model.</summary>
    internal const string SourceFile = "opsmodule-source.json";

    /// <summary>What Compose is given.</summary>
    public static ComposeSource SourceOf(InstanceMaking making)
    {
        InstanceModel model = making.Model;
        PrivateFile.CreateFolder(making.Folder);
        var source = new ComposeSource(model.Files, model.Folder) { EnvFiles = model.EnvFiles };
        // Of a service whose container has a name of its own there can be only one, for Compose; without the name there can be two.
        if (making.AsKept || model.Traits.Any(t => t.Kind == TraitKind.ContainerName)) return KeptSource(making, source);
        if (making.Image is null) return source;
        string file = Path.Combine(making.Folder, ImageFile);
        AtomicFile.Write(file, Encoding.UTF8.GetBytes(Override(model, making.Image)));
        return source with { Files = [.. source.Files, file] };
    }

    /// <summary>The files of a service without those of ours.</summary>
    public static ComposeSource? Own(ComposeSource source)
    {
        string[] files = [.. source.Files.Where(f => Path.GetFileName(f) is not (ImageFile or KeptFile))];
        if (files.Length > 0) return source with { Files = files };
        string kept = Path.Combine(Path.GetDirectoryName(source.Files[0])!, SourceFile);
        if (!File.Exists(kept)) return null;
        Origin? origin;
        try { origin = JsonSerializer.Deserialize<Origin>(File.ReadAllText(kept)); }
        catch (JsonException) { return null; }
        return origin is null || !origin.Files.All(File.Exists) ? null
            : new ComposeSource(origin.Files, origin.Folder) { EnvFiles = [.. origin.EnvFiles.Where(File.Exists)] };
    }

    private static ComposeSource KeptSource(InstanceMaking making, ComposeSource own)
    {
        JsonObject all = (JsonObject)JsonNode.Parse(making.Model.Resolved)!;
        var service = (JsonObject)all["services"]![making.Model.Service]!;
        service.Remove("container_name");
        if (making.Image is { } image) service["image"] = image;
        if (service.ContainsKey("pull_policy")) service["pull_policy"] = "missing";
        string file = Path.Combine(making.Folder, KeptFile);
        AtomicFile.Write(Path.Combine(making.Folder, SourceFile),
            JsonSerializer.SerializeToUtf8Bytes(new Origin(own.Files, own.Folder, own.EnvFiles)));
        AtomicFile.Write(file, Encoding.UTF8.GetBytes(ComposeJson.Write(all)));
        return own with { Files = [file], EnvFiles = [] };
    }

    private static string Override(InstanceModel model, string image)
    {
        var service = new JsonObject { ["image"] = image };
        if (JsonNode.Parse(model.Resolved)?["services"]?[model.Service]?["pull_policy"] is not null) service["pull_policy"] = "missing";
        var whole = new JsonObject { ["services"] = new JsonObject { [model.Service] = service } };
        // The older Compose wants the same version in all files; the newer says that it is nothing.
        if ((YamlTree.Read(File.ReadAllText(model.Files[0])) as YamlMap)?.Text("version") is { } version) whole["version"] = version;
        return ComposeJson.Write(whole);
    }

    /// <summary>How many there are to be, as Compose takes it.</summary>
    public static string[] Up(string service, int count) => ["up", "--no-start", "--no-deps", "--no-recreate", "--no-build", "--scale",
        string.Create(CultureInfo.InvariantCulture, $"{service}={count}"), service];

    private sealed record Origin(IReadOnlyList<string> Files, string Folder, IReadOnlyList<string> EnvFiles);
}
