using System.Text;

namespace OpsModule.Engine.Environments;

/// <summary>What came of reading an environment file.</summary>
/// <param name="File">Full path of the file.</param>
/// <param name="Environment">The environment, or null when there is an error among the findings.</param>
/// <param name="Findings">All findings, in the order of the file.</param>
public sealed record EnvironmentLoad(string File, OpsEnvironment? Environment, IReadOnlyList<EnvironmentFinding> Findings);

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
        OpsEnvironment? environment = TextFile.Read(path, MaxBytes, findings) is { } text ? Parse(text, path, findings) : null;
        return new EnvironmentLoad(path, environment, findings.All);
    }

    /// <summary>Reads the text of a file that is or will be at a path.</summary>
    internal static EnvironmentLoad LoadText(string text, string path)
    {
        var findings = new FindingList(path);
        return new EnvironmentLoad(path, Parse(text, path, findings), findings.All);
    }

    private static OpsEnvironment? Parse(string text, string path, FindingList findings)
    {
        YamlItem? root;
        try
        {
            root = YamlTree.Read(text);
        }
        catch (YamlRefusedException e)
        {
            findings.Add(FindingSeverity.Error, e.Code, e.Line, e.Column, "", e.Message, e.Expected, null);
            return null;
        }
        if (root is null)
        {
            findings.Error("FileEmpty", null, "", "The file holds nothing but blanks and comments.", "at least 'environment: NAME'; New-OpsEnvironment writes a start");
            return null;
        }

        new ShapeValidator(findings).Validate(root, EnvironmentShape.Root, "");
        if (root is YamlMap map)
        {
            new EnvironmentRules(findings, Path.GetDirectoryName(path)!).Check(map);
            WarnWhenReadable(path, findings);
            if (!findings.HasErrors) return new EnvironmentBinder(path).Bind(map);
        }
        return null;
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
