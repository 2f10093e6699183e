using System.Globalization;
using System.Text;
using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Areas.Secrets.Finding;

/// <summary>Searches the files of a project: env files by key, compose files by service and key, all others by line.</summary>
/// <param name="context">The environment.</param>
/// <param name="project">Its compose project.</param>
/// <param name="declared">Files that the environment file names as places.</param>
internal sealed class FileSearch(OpsContext context, ProjectReading project, IReadOnlyCollection<string> declared)
{
    private const int MaxBytes = 1024 * 1024, MostFiles = 5000;

    private static readonly string[] Skipped = [".git", "node_modules", ".hg", ".svn", "__pycache__", ".venv"];

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<FoundPlace> _found = [];

    /// <summary>Searches all of them. What could not be read is told.</summary>
    public IReadOnlyList<FoundPlace> Find(SecretNeedle needle)
    {
        foreach (string file in project.Source?.Files ?? []) Each(file, text => OfCompose(file, text, needle));
        HashSet<string> envFiles = [.. project.ProjectFiles, .. project.Services.SelectMany(s => s.EnvFiles),
            .. context.Environment.Services.Values.Select(s => s.EnvFile).OfType<string>()];
        foreach (string file in envFiles.Concat(declared.Where(IsEnvFile))) Each(file, text => OfEnvFile(file, text, needle));
        IEnumerable<string> given = project.Services.SelectMany(s => s.Files).Select(f => f.Path).Where(File.Exists);
        foreach (string file in declared.Concat(given).Concat(Tree())) Each(file, text => OfLines(file, text, needle));
        return _found;
    }

    private static bool IsEnvFile(string path) => Path.GetFileName(path) is ".env" or ".envrc"
        || path.EndsWith(".env", StringComparison.Ordinal) || Path.GetFileName(path).StartsWith(".env.", StringComparison.Ordinal);

    private void Each(string path, Action<string> search)
    {
        if (!_seen.Add(path) || !File.Exists(path)) return;
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                context.Reporter.Verbose($"{Name(path)} is larger than {MaxBytes / 1024} KiB and was not searched.");
                return;
            }
            byte[] bytes = ForeignFile.ReadAllBytes(path);
            // What holds a NUL is no text; a value that is built into a program is not found here.
            if (!bytes.Contains((byte)0)) search(Encoding.UTF8.GetString(bytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            context.Reporter.Warning($"{Name(path)} was not searched: {e.Message}");
        }
    }

    private void OfEnvFile(string path, string text, SecretNeedle needle)
    {
        int line = 1;
        foreach (EnvEntry entry in EnvFile.Parse(text, project.DialectOf(path) ?? EnvDialect.ComposeGo).Entries)
        {
            if (((entry.Value is { } value ? needle.In(value) : null) ?? needle.In(entry.Text)) is { } form)
                Add(form, path, entry.Key ?? Line(line), null);
            line += entry.Text.Count(c => c == '\n');
        }
    }

    private void OfCompose(string path, string text, SecretNeedle needle)
    {
        int before = _found.Count;
        try
        {
            foreach (YamlScalar scalar in YamlScalars.Read(text.TrimStart('\uFEFF')))
            {
                if (needle.In(scalar.Value.Replace("$$", "$")) is not { } form) continue;
                string? service = scalar.Path is ["services", var name, ..] ? name : null;
                string key = scalar.Path is [_, _, "environment", var last]
                    ? last.StartsWith('[') ? scalar.Value.Split('=')[0] : last : Line(scalar.Line);
                Add(form, path, key, service);
            }
        }
        catch (YamlRefusedException) { /* then by lines */ }
        if (_found.Count == before) OfLines(path, text, needle);
    }

    private void OfLines(string path, string text, SecretNeedle needle)
    {
        if (needle.In(text) is not { } whole) return;
        bool isFound = false;
        string[] lines = text.Split('\n');
        for (int number = 0; number < lines.Length; number++)
        {
            if (needle.In(lines[number]) is not { } form) continue;
            // A file that is nothing else has no line to be named.
            Add(form, path, text.TrimEnd().Contains('\n') ? Line(number + 1) : null, null);
            isFound = true;
        }
        if (!isFound) Add(whole, path, null, null);
    }

    private void Add(SecretUseForm form, string path, string? key, string? service) =>
        _found.Add(new FoundPlace(form, Name(path), key, service) { File = path });

    private static string Line(int number) => string.Create(CultureInfo.InvariantCulture, $"line {number}");

    private string Name(string path) =>
        Path.GetRelativePath(context.Environment.Directory, path) is var relative && !relative.StartsWith("..", StringComparison.Ordinal)
            ? relative : path;

    /// <summary>The files of the environment's folder; those of ours, of backups and of others' libraries are left out.</summary>
    private IEnumerable<string> Tree()
    {
        string[] apart = [context.Environment.StateDirectory,
            .. context.Environment.Backups.Stores.Values.Select(s => s.Path).OfType<string>()];
        var folders = new Stack<string>([context.Environment.Directory]);
        int count = 0;
        while (folders.TryPop(out string? folder))
        {
            string[] files = [], below = [];
            try { (files, below) = (Directory.GetFiles(folder), Directory.GetDirectories(folder)); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                context.Reporter.Warning($"{Name(folder)} was not searched: {e.Message}");
            }
            foreach (string file in files)
            {
                if (++count > MostFiles)
                {
                    context.Reporter.Warning(
                        $"{context.Environment.Directory} holds more than {MostFiles} files; the others were not searched.");
                    yield break;
                }
                yield return file;
            }
            foreach (string inner in below.Where(b => !Skipped.Contains(Path.GetFileName(b)) && !apart.Contains(b)
                && FileFacts.Of(b) is not { IsLink: true })) folders.Push(inner);
        }
    }
}
