using System.Text.Json;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Connections.Platforms.Compose.Changing;

/// <summary>Asks Compose itself which values services get.</summary>
public static class ComposeValues
{
    private const string Asked = "OPSMODULE_PROBE", Probe = "probe-", Held = ".lock";

    /// <summary>The variables of each service, as containers would get them; null for one that is passed on and set nowhere.</summary>
    /// <param name="source">The files.</param>
    /// <param name="project">The project's name.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>ComposeMissing</c>, <c>ComposeFailed</c>.</exception>
    public static async Task<IReadOnlyDictionary<string, IReadOnlyDictionary<string, string?>>> AskAsync(ComposeSource source,
        string project, CancellationToken cancellationToken)
    {
        ComposeInstallation compose = await ComposeProgram.FindAsync(cancellationToken).ConfigureAwait(false);
        // Those of all profiles, for they read the same files.
        string text = await ComposeProgram.AskAsync(source, project, compose.IsFirst ? [] : ["--profile", "*"],
            compose.IsFirst ? ["config"] : ["config", "--format", "json"], null, cancellationToken).ConfigureAwait(false);
        return compose.IsFirst ? OfYaml(text) : OfJson(text);
    }

    /// <summary>
    /// Whether the Compose that is here reads lines of an env file as values, in a project of its own that is thrown away.
    /// </summary>
    /// <param name="folder">A folder of ours, in which that project is made.</param>
    /// <param name="lines">The lines of the env file.</param>
    /// <param name="values">The values that must come back, by name.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null when it does; else the name and what comes back instead, in words that do not say it. The name is null where that
    /// cannot be told.</returns>
    public static async Task<(string? Key, string Words)?> ProbeAsync(string folder, string lines,
        IReadOnlyDictionary<string, string> values, CancellationToken cancellationToken)
    {
        Sweep(folder);
        PrivateFile.CreateFolder(folder);
        string place = Path.Combine(folder, Probe + Guid.NewGuid().ToString("N"));
        using FileStream? held = PrivateFile.TryOpenExclusively(place + Held);
        try
        {
            PrivateFile.CreateFolder(place);
            string[] names = [.. values.Keys];
            Write(place, "compose.yaml", "services:\n  probe:\n    image: probe\n    env_file: [ probe.env ]\n    environment: { "
                + string.Join(", ", names.Select((n, i) => $"{Asked}{i}: \"${{{n}}}\"")) + " }\n");
            Write(place, ".env", lines);
            Write(place, "probe.env", lines);
            using IDisposable clean = ComposeShell.Hide(names);
            IReadOnlyDictionary<string, string?> told = (await AskAsync(new ComposeSource([Path.Combine(place, "compose.yaml")], place),
                "probe", cancellationToken).ConfigureAwait(false))["probe"];
            for (int i = 0; i < names.Length; i++)
            {
                string name = names[i], value = values[name];
                if (told.GetValueOrDefault(name) != value) return (name, "as a line of env_file it comes back as another value");
                if (told.GetValueOrDefault(Asked + i) != value)
                    return (name, $"as ${{{name}}} in the compose file it comes back as another value");
            }
            return null;
        }
        catch (OpsException e) when (ComposeErrors.ComposeFailed.Is(e)) { return (null, "Compose refuses the line"); }
        finally
        {
            if (Directory.Exists(place)) Directory.Delete(place, recursive: true);
            PrivateFile.RemoveHeld(place + Held);
        }
    }

    /// <summary>Takes away the projects of runs that were killed: values lie in them.</summary>
    public static void Sweep(string folder)
    {
        if (!Directory.Exists(folder)) return;
        foreach (string place in Directory.GetDirectories(folder, Probe + "*"))
        {
            try
            {
                using FileStream? free = PrivateFile.TryOpenExclusively(place + Held);
                if (free is null) continue;
                Directory.Delete(place, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* another run sweeps as well */ }
        }
        foreach (string held in Directory.GetFiles(folder, Probe + "*" + Held)) PrivateFile.TryRemoveLock(held);
    }

    private static void Write(string folder, string name, string text) =>
        AtomicFile.Write(Path.Combine(folder, name), System.Text.Encoding.UTF8.GetBytes(text));

    private static Dictionary<string, IReadOnlyDictionary<string, string?>> OfJson(string text)
    {
        using JsonDocument read = JsonDocument.Parse(text);
        var found = new Dictionary<string, IReadOnlyDictionary<string, string?>>(StringComparer.Ordinal);
        if (!read.RootElement.TryGetProperty("services", out JsonElement services)) return found;
        foreach (JsonProperty service in services.EnumerateObject())
            found[service.Name] = service.Value.TryGetProperty("environment", out JsonElement set) && set.ValueKind == JsonValueKind.Object
                ? set.EnumerateObject().ToDictionary(v => v.Name, v => v.Value.ValueKind == JsonValueKind.String
                    ? Single(v.Value.GetString()!) : null) : new Dictionary<string, string?>();
        return found;
    }

    private static Dictionary<string, IReadOnlyDictionary<string, string?>> OfYaml(string text)
    {
        var found = new Dictionary<string, IReadOnlyDictionary<string, string?>>(StringComparer.Ordinal);
        foreach (YamlEntry service in ((YamlTree.Read(text) as YamlMap)?["services"] as YamlMap)?.Entries ?? [])
            found[service.Key.Value] = ((service.Value as YamlMap)?["environment"] as YamlMap)?.Entries.ToDictionary(v => v.Key.Value,
                v => v.Value is YamlText { IsNull: false } value ? Single(value.Value) : null) ?? [];
        return found;
    }

    /// <summary>Compose writes a dollar twice, so that what it writes can be read as a compose file again.</summary>
    private static string Single(string value) => value.Replace("$$", "$");
}
