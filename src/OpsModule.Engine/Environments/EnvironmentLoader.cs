using OpsModule.Foundations.Files;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>What came of reading an environment file.</summary>
/// <param name="File">Full path of the file.</param>
/// <param name="Environment">The environment, or null when there is an error among the findings.</param>
/// <param name="Findings">All findings, in the order of the file.</param>
public sealed record EnvironmentLoad(string File, OpsEnvironment? Environment, IReadOnlyList<EnvironmentFinding> Findings)
{
    /// <summary>The same for an environment that was made in memory.</summary>
    public static EnvironmentLoad InMemory(OpsEnvironment environment) => new("", environment, []);

    /// <summary>Where each key stands, by its path, for findings that come later.</summary>
    internal IReadOnlyDictionary<string, YamlItem> Places { get; init; } = new Dictionary<string, YamlItem>();
}

/// <summary>
/// Reads environment files. Whatever is wrong with a file is a finding with its place; nothing a file can hold makes it throw.
/// Only the file itself is judged; not what it refers to.
/// </summary>
public static class EnvironmentLoader
{
    /// <summary>The largest file that is read.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Reads a file.</summary>
    public static EnvironmentLoad Load(string file)
    {
        string path = Path.GetFullPath(file);
        var findings = new FindingList(path);
        return TextFile.Read(path, MaxBytes, findings.Add) is { } text ? Parse(text, path, findings) : new EnvironmentLoad(path, null, findings.All);
    }

    /// <summary>Reads the text of a file that is or will be at a path.</summary>
    internal static EnvironmentLoad LoadText(string text, string path) => Parse(text, path, new FindingList(path));

    private static EnvironmentLoad Parse(string text, string path, FindingList findings)
    {
        YamlItem? root = ReadTree(text, findings);
        if (root is not null) new ShapeValidator(findings).Validate(root, EnvironmentShape.Root, "");
        if (root is not YamlMap map) return new EnvironmentLoad(path, null, findings.All);

        new EnvironmentRules(findings, Path.GetDirectoryName(path)!).Check(map);
        WarnWhenReadable(path, findings);
        if (Trust.DoubtOfFile(Path.GetFullPath(path)) is { } doubt)
            findings.Warning("EnvironmentNotTrusted", null, "", $"The file can run programs in your name, and others can change it: {doubt}.", "a file and a folder that nobody else may write to (chmod go-w)");
        return new EnvironmentLoad(path, findings.HasErrors ? null : new EnvironmentBinder(path).Bind(map), findings.All) { Places = PlacesOf(map) };
    }

    private static YamlItem? ReadTree(string text, FindingList findings)
    {
        try
        {
            YamlItem? root = YamlTree.Read(text);
            if (root is null)
                findings.Error("FileEmpty", null, "", "The file holds nothing but blanks and comments.", "at least 'environment: NAME'; New-OpsEnvironment writes a start");
            return root;
        }
        catch (YamlRefusedException e)
        {
            findings.Add(FindingSeverity.Error, e.Code, e.Line, e.Column, "", e.Message, e.Expected, null);
            return null;
        }
    }

    private static Dictionary<string, YamlItem> PlacesOf(YamlMap root)
    {
        var places = new Dictionary<string, YamlItem>(StringComparer.Ordinal);
        Walk(root, "");
        return places;

        void Walk(YamlMap map, string prefix)
        {
            foreach (YamlEntry entry in map.Entries)
            {
                if (!places.TryAdd(prefix + entry.Key.Value, entry.Value is YamlText { IsNull: false } ? entry.Value : entry.Key)) continue;
                if (entry.Value is YamlMap inner) Walk(inner, prefix + entry.Key.Value + ".");
            }
        }
    }

    private static void WarnWhenReadable(string path, FindingList findings)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(path) || !findings.All.Any(f => f.Code == "LiteralSecret")) return;
        UnixFileMode mode = File.GetUnixFileMode(path);
        if ((mode & UnixFileMode.OtherRead) == 0) return;
        findings.Warning("LiteralSecretReadable", null, "", $"Every user of this machine can read the secrets in this file (mode {Convert.ToString((int)mode, 8)}).",
            $"references in place of the secrets, or chmod 600 {Path.GetFileName(path)}");
    }
}
