using System.Text.Json;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Connections.Platforms.Compose.Changing;

/// <summary>Asks Compose itself which values services get.</summary>
public static class ComposeValues
{
    private const string Asked = "OPSMODULE_PROBE";

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
    /// Whether the Compose that is here reads a line of an env file as a value, in a project of its own that is thrown away.
    /// </summary>
    /// <param name="folder">A folder of ours, in which that project is made.</param>
    /// <param name="line">The line, or lines, of the env file.</param>
    /// <param name="key">The name.</param>
    /// <param name="value">The value that must come back.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null when it does; else what comes back instead, in words that do not say it.</returns>
    public static async Task<string?> ProbeAsync(string folder, string line, string key, string value, CancellationToken cancellationToken)
    {
        string place = Path.Combine(folder, "probe-" + Guid.NewGuid().ToString("N"));
        try
        {
            PrivateFile.CreateFolder(place);
            Write(place, "compose.yaml", "services:\n  probe:\n    image: probe\n    env_file: [ probe.env ]\n    environment: { "
                + $"{Asked}: \"${{{key}}}\" }}\n");
            Write(place, ".env", line);
            Write(place, "probe.env", line);
            using IDisposable clean = ComposeShell.Hide([key]);
            IReadOnlyDictionary<string, string?> told = (await AskAsync(new ComposeSource([Path.Combine(place, "compose.yaml")], place),
                "probe", cancellationToken).ConfigureAwait(false))["probe"];
            return told.GetValueOrDefault(key) != value ? "as a line of env_file it comes back as another value"
                : told.GetValueOrDefault(Asked) != value ? $"as ${{{key}}} in the compose file it comes back as another value" : null;
        }
        catch (OpsException e) when (ComposeErrors.ComposeFailed.Is(e)) { return "Compose refuses the line"; }
        finally
        {
            if (Directory.Exists(place)) Directory.Delete(place, recursive: true);
        }
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
