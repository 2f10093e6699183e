using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Connections.Platforms.Compose.Comparing;

/// <summary>What Compose would make containers of now: its own hash of each service's settings, and the variables and the image.</summary>
/// <param name="Version">The version of the Compose that says so; another version makes other hashes of the same.</param>
/// <param name="Hashes">The hashes by service: of a container that was made with what it needs, and of one that was made alone.</param>
/// <param name="Services">The variables and the image by service.</param>
public sealed record ComposeModel(string Version, ILookup<string, string> Hashes, IReadOnlyDictionary<string, ComposeModel.Made> Services)
{
    /// <summary>A service as Compose would make it.</summary>
    /// <param name="Image">Its image; null for one that is built under a name of Compose's.</param>
    /// <param name="Environment">Its variables; null for one that is passed on and set nowhere.</param>
    public sealed record Made(string? Image, IReadOnlyDictionary<string, string?> Environment);

    private static readonly ConcurrentDictionary<string, ComposeModel> Known = new();

    /// <summary>Asks Compose, once for the same files.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>ComposeMissing</c>, <c>ComposeFailed</c>.</exception>
    public static async Task<ComposeModel> ReadAsync(ComposeSource source, string project, CancellationToken cancellationToken)
    {
        ComposeInstallation compose = await ComposeProgram.FindAsync(cancellationToken).ConfigureAwait(false);
        string? key = KeyOf(source, project, compose);
        if (key is not null && Known.TryGetValue(key, out ComposeModel? known)) return known;
        // Those of all profiles: what runs of a profile was made of the same files.
        string[] profiles = compose.IsFirst ? [] : ["--profile", "*"];
        string[] format = compose.IsFirst ? ["config"] : ["config", "--format", "json"];
        string all = await ComposeProgram.AskAsync(source, project, profiles, format, null, cancellationToken).ConfigureAwait(false);
        ILookup<string, string> hashes = Hashed(compose.IsFirst ? await HashAsync(source, null).ConfigureAwait(false)
            // Of files with env_file it says another hash than it gives a container. What it has made of the files has none any more,
            // and is given back to it: as it is, and without depends_on, which --no-deps takes away.
            : await HashAsync(source with { Files = ["-"] }, all).ConfigureAwait(false) + "\n"
                + await HashAsync(source with { Files = ["-"] }, Alone(all)).ConfigureAwait(false));
        var model = new ComposeModel(compose.Version, hashes, compose.IsFirst ? Yaml(all) : Json(all));
        if (key is not null) Known[key] = model;
        return model;

        Task<string> HashAsync(ComposeSource files, string? input) =>
            ComposeProgram.AskAsync(files, project, profiles, ["config", "--hash", "*"], input, cancellationToken);
    }

    private static string Alone(string all)
    {
        JsonNode read = JsonNode.Parse(all)!;
        foreach ((string _, JsonNode? service) in read["services"]?.AsObject() ?? []) service?.AsObject().Remove("depends_on");
        return read.ToJsonString();
    }

    /// <summary>What the answer follows from, as a hash; null where that is not known: of what is included, and of images in Compose
    /// v1.</summary>
    private static string? KeyOf(ComposeSource source, string project, ComposeInstallation compose)
    {
        if (compose.IsFirst || ComposeProgram.TakesInOthers(source)) return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\0"));
        Add(project);
        Add(string.Join(' ', compose.Program) + compose.Version);
        Add(source.Folder);
        foreach (string file in source.Files.Concat(source.EnvFiles.Count > 0 ? source.EnvFiles : [Path.Combine(source.Folder, ".env")]))
        {
            Add(file);
            Add(File.Exists(file) ? File.ReadAllText(file) : "\u0001");
        }
        foreach (string name in ComposeProgram.Wanted(source).Order(StringComparer.Ordinal)) Add(
            name + "=" + ComposeShell.Find(name));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static ILookup<string, string> Hashed(string lines) => lines.Split('\n').Select(l => l.Trim().Split(' '))
        .Where(l => l.Length == 2).ToLookup(l => l[0], l => l[1], StringComparer.Ordinal);

    private static Dictionary<string, Made> Json(string text)
    {
        using JsonDocument read = JsonDocument.Parse(text);
        return !read.RootElement.TryGetProperty("services", out JsonElement services) ? [] : services.EnumerateObject().ToDictionary(s =>
            s.Name, s => new Made(
            s.Value.TryGetProperty("image", out JsonElement image) ? image.GetString() : null,
            !s.Value.TryGetProperty("environment", out JsonElement set) || set.ValueKind != JsonValueKind.Object ? new Dictionary<string,
                string?>()
                : set.EnumerateObject().ToDictionary(v => v.Name, v => v.Value.ValueKind == JsonValueKind.String
                    ? Single(v.Value.GetString()!) : null)));
    }

    private static Dictionary<string, Made> Yaml(string text) => ((YamlTree.Read(text) as YamlMap)?["services"] as YamlMap)?.Entries
        .ToDictionary(
        s => s.Key.Value, s => new Made((s.Value as YamlMap)?.Text("image"), ((s.Value as YamlMap)?["environment"] as YamlMap)?.Entries
            .ToDictionary(v => v.Key.Value, v => v.Value is YamlText { IsNull: false } value ? Single(value.Value) : null) ?? [])) ?? [];

    /// <summary>Compose writes a dollar twice, so that what it writes can be read as a compose file again.</summary>
    private static string Single(string value) => value.Replace("$$", "$");
}
