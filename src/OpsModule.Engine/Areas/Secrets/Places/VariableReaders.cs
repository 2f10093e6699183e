using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>
/// Who gets a variable of an env file, and under which names: from <c>env_file</c>, by <c>${NAME}</c>, and by other variables that are
/// made of
/// it. What a later env file or a line of <c>environment:</c> says in its place counts more, and its service is no reader.
/// </summary>
internal sealed class VariableReaders
{
    private const int MaxBytes = 1024 * 1024;

    private readonly string _path, _key;
    private readonly List<PlaceReader> _all = [];

    /// <summary>Looks.</summary>
    /// <param name="services">The services of the project.</param>
    /// <param name="projectFiles">The files with the project's own variables.</param>
    /// <param name="path">The env file.</param>
    /// <param name="key">The variable.</param>
    public VariableReaders(IReadOnlyList<ComposeService> services, IReadOnlyList<string> projectFiles, string path, string key)
    {
        (_path, _key) = (path, key);
        // What the project's variables come to with it: in the compose files, and in env files of services, too.
        var project = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (string file in projectFiles) Follow(file, EnvDialect.ComposeGo, project, new Dictionary<string, bool>());
        foreach (ComposeService service in services) Look(service, project);
    }

    /// <summary>The readers.</summary>
    public IReadOnlyList<PlaceReader> All => _all;

    private void Look(ComposeService service, Dictionary<string, bool> project)
    {
        var given = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (string file in service.EnvFiles)
            Follow(file, service.RawEnvFiles.Contains(file) ? EnvDialect.Raw : EnvDialect.ComposeGo, given, project);
        foreach ((string name, string? value) in service.Environment)
        {
            given.Remove(name);
            string? only = value is null ? name : ComposeVariables.OnlyVariable(value);
            if (only is not null && project.TryGetValue(only, out bool isWhole)) given[name] = isWhole && IsBare(value, only);
            else if (value is not null && VariableNames.In(value).Any(project.ContainsKey)) given[name] = false;
        }
        bool built = service.BuildMentions.Any(project.ContainsKey);
        _all.AddRange(given.Select(g => new PlaceReader(service.Name, g.Key, g.Value) { IsBuilt = built }));
        if (given.Count == 0 && (built || service.Mentions.Any(project.ContainsKey)))
            _all.Add(new PlaceReader(service.Name, null, false) { IsBuilt = built });
    }

    /// <summary><c>${NAME}</c> and <c>$NAME</c>; with a default or an alternative it may be something else.</summary>
    private static bool IsBare(string? value, string name) => value is null || value == $"${name}" || value == $"${{{name}}}"
        || value.StartsWith($"${{{name}:?", StringComparison.Ordinal) || value.StartsWith($"${{{name}?", StringComparison.Ordinal);

    /// <summary>Goes through an env file: which of its names hold the variable, as a whole or in a part.</summary>
    private void Follow(string file, EnvDialect dialect, Dictionary<string, bool> held, IReadOnlyDictionary<string, bool> outer)
    {
        if (!File.Exists(file)) return;
        foreach (EnvEntry entry in EnvFile.Parse(TextFile.Read(file, MaxBytes, _ => { }) ?? "", dialect).Entries)
        {
            if (entry.Key is not { Length: > 0 } name) continue;
            held.Remove(name);
            if (file == _path && name == _key) held[name] = true;
            else if (entry.Kind == EnvEntryKind.Inherited ? outer.ContainsKey(name)
                : entry is { Expands: true, Value: { } value }
                    && VariableNames.In(value).Any(n => held.ContainsKey(n) || outer.ContainsKey(n)))
                held[name] = entry.Kind == EnvEntryKind.Inherited && outer.GetValueOrDefault(name);
        }
    }
}
