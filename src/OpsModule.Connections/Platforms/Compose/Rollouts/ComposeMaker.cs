using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Connections.Platforms.Compose.Rollouts;

/// <summary>
/// Writes the files that Compose is given beside, or in place of, the service's own: the image, or a model that was kept. Each has its own
/// content for good, and stays for as long as containers are there whose labels name it: what is made beside them later is made alike.
/// </summary>
public static class ComposeMaker
{
    private const string Image = "opsmodule-image", Kept = "opsmodule-kept", Source = "opsmodule-source", Variable = "OPSMODULE_KEPT_";
    private const int PrintLength = 12;

    private const StringComparison Exactly = StringComparison.Ordinal;

    /// <summary>What Compose is given. Values of a model that was kept stand in no file; they are variables of Compose itself.</summary>
    public static ComposeSource SourceOf(InstanceMaking making)
    {
        InstanceModel model = making.Model;
        PrivateFile.CreateFolder(making.Folder);
        var source = new ComposeSource(model.Files, model.Folder) { EnvFiles = model.EnvFiles };
        // Of a service whose container has a name of its own there can be only one, for Compose; without the name there can be two.
        if (making.AsKept || model.Traits.Any(t => t.Kind == TraitKind.ContainerName)) return KeptSource(making, source);
        if (making.Image is null && !HasPullPolicy(model)) return source;
        string over = Override(model, making.Image ?? model.Image);
        return source with { Files = [.. source.Files, Write(making.Folder, Image, ".yaml", over)] };
    }

    /// <summary>Whether a file names an image over a service's own files.</summary>
    public static bool IsImageFile(string path) => Is(path, Image, ".yaml");

    /// <summary>The files of a service without those of ours.</summary>
    public static ComposeSource? Own(ComposeSource source)
    {
        string[] files = [.. source.Files.Where(f => !IsImageFile(f) && !IsKeptFile(f))];
        if (files.Length > 0) return source with { Files = files };
        string kept = Path.Combine(Path.GetDirectoryName(source.Files[0])!,
            Path.GetFileName(source.Files[0]).Replace(Kept, Source, Exactly));
        if (!File.Exists(kept)) return null;
        Origin? origin;
        try { origin = JsonSerializer.Deserialize<Origin>(File.ReadAllText(kept)); }
        catch (JsonException) { return null; }
        return origin is null || !origin.Files.All(File.Exists) ? null
            : new ComposeSource(origin.Files, origin.Folder) { EnvFiles = [.. origin.EnvFiles.Where(File.Exists)] };
    }

    /// <summary>The source with the values that a kept file of its wants, as a container of it has them.</summary>
    /// <param name="source">What Compose is given.</param>
    /// <param name="service">The service.</param>
    /// <param name="variables">Asked for the variables of a container, and only where they are wanted.</param>
    public static async Task<ComposeSource> FilledAsync(ComposeSource source, string service,
        Func<Task<IReadOnlyDictionary<string, string>>> variables)
    {
        if (source.Files.FirstOrDefault(IsKeptFile) is not { } file) return source;
        JsonNode? written;
        try { written = JsonNode.Parse(File.ReadAllText(file)); }
        catch (JsonException) { return source; /* Compose says what is wrong with it */ }
        if (written?["services"]?[service]?["environment"] is not JsonObject wanted) return source;
        IReadOnlyDictionary<string, string> has = await variables().ConfigureAwait(false);
        return source with { Variables = Names(wanted.Select(w => w.Key)).Where(n => has.ContainsKey(n.Key)).ToDictionary(n => n.Value, n =>
            has[n.Key]) };
    }

    /// <summary>Removes the files of a folder that no container names any more.</summary>
    public static void Clear(string folder, IReadOnlyCollection<string> named)
    {
        foreach (string file in Directory.EnumerateFiles(folder).Where(f => (IsImageFile(f) || IsKeptFile(f)) && !named.Contains(f)))
        {
            File.Delete(file);
            if (IsKeptFile(file)) File.Delete(Path.Combine(folder, Path.GetFileName(file).Replace(Kept, Source, Exactly)));
        }
    }

    private static bool IsKeptFile(string path) => Is(path, Kept, ".json");

    private static bool Is(string path, string name, string ending) => Path.GetFileName(path) is var file && (file == name + ending
        || (file.StartsWith(name + "-", Exactly) && file.EndsWith(ending, Exactly)));

    private static ComposeSource KeptSource(InstanceMaking making, ComposeSource own)
    {
        JsonObject all = (JsonObject)JsonNode.Parse(making.Model.Resolved)!;
        foreach ((string name, JsonNode? other) in (JsonObject)all["services"]!)
            if (name != making.Model.Service) (other as JsonObject)?.Remove("environment");
        var service = (JsonObject)all["services"]![making.Model.Service]!;
        service.Remove("container_name");
        if (making.Image is { } image) service["image"] = image;
        if (service.ContainsKey("pull_policy")) service["pull_policy"] = "missing";
        Dictionary<string, string?> values = ComposeJson.Variables(service["environment"]);
        Dictionary<string, string> names = Names(values.Where(v => v.Value is not null).Select(v => v.Key));
        var variables = new JsonObject();
        foreach ((string name, string? value) in values.OrderBy(v => v.Key, StringComparer.Ordinal))
            variables[name] = value is null ? null : "${" + names[name] + ":?its value is kept by OpsModule, which makes these containers}";
        service["environment"] = variables;
        string file = Write(making.Folder, Kept, ".json", ComposeJson.Write(all));
        AtomicFile.Write(Path.Combine(making.Folder, Path.GetFileName(file).Replace(Kept, Source, Exactly)),
            JsonSerializer.SerializeToUtf8Bytes(new Origin(own.Files, own.Folder, own.EnvFiles)));
        return own with { Files = [file], EnvFiles = [], Variables = names.ToDictionary(n => n.Value, n => values[n.Key]!) };
    }

    /// <summary>A name that Compose takes for each, whatever it is itself called.</summary>
    private static Dictionary<string, string> Names(IEnumerable<string> variables) => variables.Order(StringComparer.Ordinal)
        .ToDictionary(v => v, v => Variable + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(v)))[..PrintLength]);

    /// <summary>A file that is named after its content.</summary>
    private static string Write(string folder, string name, string ending, string text)
    {
        byte[] content = Encoding.UTF8.GetBytes(text);
        string print = Convert.ToHexString(SHA256.HashData(content))[..PrintLength].ToLowerInvariant();
        string file = Path.Combine(folder, $"{name}-{print}{ending}");
        // Containers that were made of it count as made of other files once it is newer than they are.
        if (!File.Exists(file) || !File.ReadAllBytes(file).AsSpan().SequenceEqual(content)) AtomicFile.Write(file, content);
        return file;
    }

    /// <summary>Whether the files say when Compose pulls or builds: it would do so again, and make instances of another image than was
    /// planned.</summary>
    private static bool HasPullPolicy(InstanceModel model) =>
        JsonNode.Parse(model.Resolved)?["services"]?[model.Service]?["pull_policy"] is not null;

    /// <summary>What stands over the service's own files.</summary>
    /// <param name="model">The service.</param>
    /// <param name="image">The image; null leaves the name that Compose gives to what it has built.</param>
    private static string Override(InstanceModel model, string? image)
    {
        var service = new JsonObject();
        if (image is not null) service["image"] = image;
        if (HasPullPolicy(model)) service["pull_policy"] = "missing";
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
