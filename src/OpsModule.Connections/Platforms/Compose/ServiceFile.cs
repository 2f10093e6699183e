using OpsModule.Foundations.Yaml;

namespace OpsModule.Connections.Platforms.Compose;

/// <summary>A file or folder of this machine that a service is given.</summary>
/// <param name="Path">Its full path here.</param>
/// <param name="Inside">Where the service sees it.</param>
public sealed record ServiceFile(string Path, string Inside)
{
    private static readonly string[] Kinds = ["secrets", "configs"];

    /// <summary>What a service of a file is given.</summary>
    internal static IEnumerable<ServiceFile> Of(ComposeFile file, YamlMap? service)
    {
        foreach ((string kind, string name, string? target) in Used(service))
            if (file.Shared(kind, name)?.Text("file") is { } path)
                yield return new ServiceFile(file.FullPath(file.Variables.Expand(path)), SeenAt(kind, name, target));
        foreach (YamlItem volume in ComposeServiceReader.Many(service?["volumes"]))
        {
            (string? from, string? to) = volume is YamlMap map ? map.Text("type") == "bind" ? (map.Text("source"), map.Text("target"))
                : (null, null) : Split((volume as YamlText)?.Value);
            if (from is null || to is null) continue;
            string path = file.Variables.Expand(from);
            // What begins otherwise is the name of a volume.
            if (path.StartsWith('.') || path.StartsWith('/') || path.StartsWith('~'))
                yield return new ServiceFile(path.StartsWith('~') ? Home(path) : file.FullPath(path), file.Variables.Expand(to));
        }
    }

    /// <summary>The variables that secrets and configs of a service come from, where they come from one.</summary>
    internal static IEnumerable<string> Variables(ComposeFile file, YamlMap? service) =>
        Used(service).Select(u => file.Shared(u.Kind, u.Name)?.Text("environment")).OfType<string>();

    private static IEnumerable<(string Kind, string Name, string? Target)> Used(YamlMap? service)
    {
        foreach (string kind in Kinds)
            foreach (YamlItem item in ComposeServiceReader.Many(service?[kind]))
            {
                if (item is YamlText name) yield return (kind, name.Value, null);
                if (item is YamlMap map && map.Text("source") is { } source) yield return (kind, source, map.Text("target"));
            }
    }

    private static string SeenAt(string kind, string name, string? target) => target is null
        ? kind == "secrets" ? "/run/secrets/" + name : "/" + name
        : target.StartsWith('/') ? target : "/run/secrets/" + target;

    private static (string? From, string? To) Split(string? text)
    {
        // A default in a variable holds a colon, too; such a path is not known here.
        string[] parts = text is null || text.Contains(":-", StringComparison.Ordinal) ? [] : text.Split(':');
        return parts.Length < 2 ? (null, null) : (parts[0], parts[1]);
    }

    private static string Home(string path) =>
        System.IO.Path.GetFullPath(path[1..].TrimStart('/'), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
}
