using System.Security;
using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Secrets.EnvFiles;

/// <summary>Reads env files as the Compose that is in use reads them.</summary>
/// <param name="context">The environment, which tells who reads the file and makes fingerprints; null without one.</param>
public sealed class EnvFileReader(OpsContext? context)
{
    private const int MaxBytes = 1024 * 1024;

    /// <summary>The keys of a file, each once, in the order in which they stand last.</summary>
    /// <param name="path">The file's full path.</param>
    /// <param name="keys">Only these, with wildcards; a name without any that is not there is an error.</param>
    /// <param name="fail">Takes an error of one key.</param>
    /// <exception cref="OpsException"><c>OperatedFileMissing</c>, <c>OperatedFileUnreadable</c>, <c>SecretPlaceUnclear</c>: Compose refuses
    /// it.</exception>
    public IReadOnlyList<EnvFileValue> Read(string path, IReadOnlyList<string> keys, Action<OpsException> fail)
    {
        ProjectReading? project = context is null ? null : new ProjectReading(context);
        EnvDialect dialect = project?.DialectOf(path) ?? ComposeInstallation.Find()?.Dialect ?? EnvDialect.ComposeGo;
        string text = TextOf(path);
        EnvFile file = EnvFile.Parse(text, dialect);
        if (file.Fault is { } fault)
            throw PlaceErrors.PlaceUnclear.Make($"Compose refuses {path}: {fault}.", "Correct that line first.", path);
        ComposeEnvFile read = ComposeEnvFile.Read(text, dialect, ProjectValues(project, path));
        (string Key, int Line)[] known = [.. Lines(file).GroupBy(l => l.Key).Select(g => g.Last()).OrderBy(l => l.Line)];
        string[] meant = keys.Count == 0 ? [.. known.Select(k => k.Key)] : [.. Choose(keys, [.. known.Select(k => k.Key)], path, fail)];
        return [.. known.Where(k => meant.Contains(k.Key)).Select(k => Of(path, k.Key, k.Line, read, project))];
    }

    /// <summary>The text of a value, for whoever may see it; null without one.</summary>
    public static string? Reveal(EnvFileValue value) =>
        value.Value is null ? null : new System.Net.NetworkCredential("", value.Value).Password;

    private EnvFileValue Of(string path, string key, int line, ComposeEnvFile read, ProjectReading? project)
    {
        string? value = read.Values.GetValueOrDefault(key);
        return new EnvFileValue
        {
            Path = path, Key = key, Line = line, Value = value is null ? null : Sealed(value),
            Fingerprint = value is null || context is null ? null
                : RevisionKey.Of(context.Environment.StateDirectory).Fingerprint(value),
            Services = [.. (project?.OfVariable(path, key) ?? []).Select(r => r.Service).Distinct(StringComparer.Ordinal)],
        };
    }

    internal static SecureString Sealed(string value)
    {
        var made = new SecureString();
        foreach (char c in value) made.AppendChar(c);
        made.MakeReadOnly();
        return made;
    }

    private static IReadOnlyDictionary<string, string>? ProjectValues(ProjectReading? project, string path) =>
        project?.ProjectFiles.FirstOrDefault(f => f != path && File.Exists(f)) is { } other ? ComposeFile.ReadEnvFile(other).Values : null;

    private static IEnumerable<(string Key, int Line)> Lines(EnvFile file)
    {
        int line = 1;
        foreach (EnvEntry entry in file.Entries)
        {
            if (entry.Key is { Length: > 0 } key) yield return (key, line);
            line += entry.Text.Count(c => c == '\n');
        }
    }

    private static IEnumerable<string> Choose(IReadOnlyList<string> keys, IReadOnlyCollection<string> known, string path,
        Action<OpsException> fail)
    {
        foreach (string key in keys)
        {
            // Names of variables differ by case.
            string[] found = [.. known.Where(k => NamePattern.HasWildcard(key) ? NamePattern.IsMatch(key, k) : k == key)];
            if (found.Length == 0 && !NamePattern.HasWildcard(key)) fail(EnvFileErrors.KeyMissing.Make(
                $"{path} has no key {key}" + (NearestName.Of(key, known) is { } near ? $"; it has {near}." : "."),
                "Correct the name; names of variables differ by case.", key));
            foreach (string one in found) yield return one;
        }
    }

    private static string TextOf(string path)
    {
        if (!File.Exists(path)) throw OperatedFileErrors.FileMissing.Make($"There is no file {path}.", "Correct the path.", path);
        return TextFile.Read(path, MaxBytes, fault => throw OperatedFileErrors.FileUnreadable.Make(
            fault.Message, "Look at what lies there.", path)) ?? "";
    }
}
