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

    private const int MostNamed = 8;

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<(SecretNeedle, FoundPlace)> _found = [];
    private readonly List<string> _left = [], _apart = [];
    private int _binary;

    /// <summary>Searches all of them. What was not searched is told.</summary>
    public IReadOnlyList<(SecretNeedle Needle, FoundPlace Place)> Find(IReadOnlyList<SecretNeedle> needles)
    {
        foreach (string file in project.Source?.Files ?? []) Each(file, needles, OfCompose);
        HashSet<string> envFiles = [.. project.ProjectFiles, .. project.Services.SelectMany(s => s.EnvFiles),
            .. context.Environment.Services.Values.Select(s => s.EnvFile).OfType<string>()];
        foreach (string file in envFiles.Concat(declared.Where(IsEnvFile))) Each(file, needles, OfEnvFile);
        IEnumerable<string> given = project.Services.SelectMany(s => s.Files).Select(f => f.Path).Where(File.Exists);
        foreach (string file in declared.Concat(given).Concat(Roots().SelectMany(Tree))) Each(file, needles, OfLines);
        if (_left.Count > 0)
            context.Reporter.Warning($"Not all was searched for values of secrets: {string.Join(", ", _left.Take(MostNamed))}"
                + (_left.Count > MostNamed ? $" and {_left.Count - MostNamed} more." : "."));
        if (_apart.Count + _binary > 0)
            context.Reporter.Verbose($"Not searched for values of secrets: {_binary} files that are no text"
                + string.Concat(_apart.Select(a => ", " + a)) + ".");
        return _found;
    }

    /// <summary>The folders that are searched: that of the environment file, and that of the project, which may lie elsewhere.</summary>
    private IEnumerable<string> Roots()
    {
        string[] all = [.. new[] { context.Environment.Directory, project.Source?.Folder }.OfType<string>()
            .Select(Path.TrimEndingDirectorySeparator).Distinct(StringComparer.Ordinal)];
        return all.Where(r => !all.Any(o => o != r && IsBelow(r, o)));
    }

    private static bool IsBelow(string path, string folder) => path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static bool IsEnvFile(string path) => Path.GetFileName(path) is ".env" or ".envrc"
        || path.EndsWith(".env", StringComparison.Ordinal) || Path.GetFileName(path).StartsWith(".env.", StringComparison.Ordinal);

    private void Each(string path, IReadOnlyList<SecretNeedle> needles, Action<string, SearchedText, SecretNeedle> search)
    {
        if (!_seen.Add(path) || !File.Exists(path)) return;
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
            {
                _left.Add($"{Name(path)} (larger than {MaxBytes / 1024} KiB)");
                return;
            }
            byte[] bytes = ForeignFile.ReadAllBytes(path);
            // What holds a NUL is no text; a value that is built into a program is not found here.
            if (bytes.Contains((byte)0))
            {
                _binary++;
                return;
            }
            var text = new SearchedText(Encoding.UTF8.GetString(bytes));
            foreach (SecretNeedle needle in needles) search(path, text, needle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { Leave(path, e); }
    }

    private void OfEnvFile(string path, SearchedText text, SecretNeedle needle)
    {
        int line = 1;
        foreach (EnvEntry entry in EnvFile.Parse(text.Text, project.DialectOf(path) ?? EnvDialect.ComposeGo).Entries)
        {
            if (((entry.Value is { } value ? needle.In(value) : null) ?? needle.In(entry.Text)) is { } form)
                Add(needle, form, path, entry.Key ?? Line(line), null);
            line += entry.Text.Count(c => c == '\n');
        }
    }

    private void OfCompose(string path, SearchedText text, SecretNeedle needle)
    {
        int before = _found.Count;
        try
        {
            foreach (YamlScalar scalar in YamlScalars.Read(text.Text.TrimStart('\uFEFF')))
            {
                if (needle.In(scalar.Value.Replace("$$", "$")) is not { } form) continue;
                string? service = scalar.Path is ["services", var name, ..] ? name : null;
                string key = scalar.Path is [_, _, "environment", var last]
                    ? last.StartsWith('[') ? scalar.Value.Split('=')[0] : last : Line(scalar.Line);
                Add(needle, form, path, key, service);
            }
        }
        catch (YamlRefusedException) { /* then by lines */ }
        if (_found.Count == before) OfLines(path, text, needle);
    }

    private void OfLines(string path, SearchedText text, SecretNeedle needle)
    {
        if (needle.In(text) is not { } whole) return;
        bool isFound = false;
        string[] lines = text.Text.Split('\n');
        for (int number = 0; number < lines.Length; number++)
        {
            if (needle.In(lines[number]) is not { } form) continue;
            // A file that is nothing else has no line to be named.
            Add(needle, form, path, text.Text.TrimEnd().Contains('\n') ? Line(number + 1) : null, null);
            isFound = true;
        }
        if (!isFound) Add(needle, whole, path, null, null);
    }

    private void Add(SecretNeedle needle, SecretUseForm form, string path, string? key, string? service) =>
        _found.Add((needle, new FoundPlace(form, Name(path), key, service) { File = path }));

    private void Leave(string path, Exception e) => _left.Add($"{Name(path)} ({e.Message.TrimEnd('.')})");

    private static string Line(int number) => string.Create(CultureInfo.InvariantCulture, $"line {number}");

    private string Name(string path) =>
        Path.GetRelativePath(context.Environment.Directory, path) is var relative && !relative.StartsWith("..", StringComparison.Ordinal)
            ? relative : path;

    /// <summary>The files of a folder; those of ours, of backups and of others' libraries are left out.</summary>
    private IEnumerable<string> Tree(string root)
    {
        string[] apart = [context.Environment.StateDirectory,
            .. context.Environment.Backups.Stores.Values.Select(s => s.Path).OfType<string>()];
        var folders = new Stack<string>([root]);
        int count = 0;
        while (folders.TryPop(out string? folder))
        {
            string[] files = [], below = [];
            try { (files, below) = (Directory.GetFiles(folder), Directory.GetDirectories(folder)); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { Leave(folder, e); }
            foreach (string file in files)
            {
                if (++count > MostFiles)
                {
                    _left.Add($"{root} (more than {MostFiles} files; what comes after them, in {Name(folder)} and elsewhere)");
                    yield break;
                }
                yield return file;
            }
            foreach (string inner in below)
            {
                if (Skipped.Contains(Path.GetFileName(inner)) || apart.Contains(inner)) _apart.Add(Name(inner));
                else if (FileFacts.Of(inner) is not { IsLink: true }) folders.Push(inner);
                // What a link leads to inside of the folder is searched there.
                else if (TargetOf(inner) is not { } target || !IsBelow(target, root))
                    _left.Add($"{Name(inner)} (a link to another folder)");
            }
        }
    }

    private static string? TargetOf(string link)
    {
        try { return Directory.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName; }
        catch (IOException) { return null; }
    }
}
