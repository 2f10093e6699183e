using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Compose.Changing;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>
/// The compose project of an environment, read once for several places: which files it is made of, and which service gets what from where.
/// Of an environment without one only the environment file's own <c>services.NAME.env</c> are known.
/// </summary>
internal sealed class ProjectReading
{
    private const string OfRollouts = "opsmodule-";

    private readonly OpsContext _context;
    private readonly Lazy<(ComposeSource Source, ComposeFile File, string Project)?> _read;

    public ProjectReading(OpsContext context)
    {
        _context = context;
        // Places are asked for their services before anything is awaited.
        _read = new Lazy<(ComposeSource, ComposeFile, string)?>(() => Task.Run(ReadAsync).GetAwaiter().GetResult());
    }

    /// <summary>That of the plan which is being made for an environment, else a new one.</summary>
    public static ProjectReading Of(OpsContext context) => PlanLook.Of(context)?.Project ?? new ProjectReading(context);

    /// <summary>The files of the project; null where there is none.</summary>
    public ComposeSource? Source => _read.Value?.Source;

    /// <summary>The services of the project's files.</summary>
    public IReadOnlyList<ComposeService> Services => _read.Value?.File.Services ?? [];

    /// <summary>The files with the project's own variables.</summary>
    public IReadOnlyList<string> ProjectFiles => Source is not { } source ? []
        : source.EnvFiles.Count > 0 ? source.EnvFiles : [Path.Combine(source.Folder, ".env")];

    /// <summary>How an env file is read here; null where nothing here reads it in a way that is known.</summary>
    public EnvDialect? DialectOf(string path) => Source is null ? null
        : Services.Any(s => s.RawEnvFiles.Contains(path)) ? EnvDialect.Raw : ComposeInstallation.Find()?.Dialect;

    /// <summary>Who gets a variable of an env file.</summary>
    public IReadOnlyList<PlaceReader> OfVariable(string path, string key)
    {
        string[] named = [.. _context.Environment.Services.Values.Where(s => s.EnvFile == path).Select(s => s.Name)];
        return [.. new VariableReaders(Services, ProjectFiles, path, key).All,
            .. named.Where(n => Services.All(s => s.Name != n)).Select(n => new PlaceReader(n, key, true))];
    }

    /// <summary>Who is given a file.</summary>
    public IReadOnlyList<PlaceReader> OfFile(string path) =>
        [.. from service in Services
            from file in service.Files
            where file.Path == path || path.StartsWith(file.Path.TrimEnd('/') + "/", StringComparison.Ordinal)
            select new PlaceReader(service.Name, service.Environment.FirstOrDefault(v => v.Value == file.Inside).Key, false)];

    /// <summary>Asks Compose what services get.</summary>
    /// <returns>Null when each gets the value that is expected of it; else what is wrong, without the value.</returns>
    /// <param name="expected">The services with a variable and its value.</param>
    /// <param name="hidden">Names that the shell must not say.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<string?> ProveAsync(IReadOnlyCollection<(string Service, string Variable, string Value)> expected,
        IEnumerable<string> hidden, CancellationToken cancellationToken)
    {
        if (_read.Value is not { } read || expected.Count == 0) return null;
        try
        {
            using IDisposable clean = ComposeShell.Hide(hidden);
            var told = await ComposeValues.AskAsync(read.Source, read.Project, cancellationToken).ConfigureAwait(false);
            foreach ((string service, string variable, string value) in expected)
                if (told.GetValueOrDefault(service)?.GetValueOrDefault(variable) != value)
                    return $"{service} does not get the new value as {variable} from it, as Compose reads its files";
            return null;
        }
        // What it says of a fault may quote other lines, and what stands in them.
        catch (OpsException e) when (ComposeErrors.ComposeFailed.Is(e)) { return "Compose refuses the project's files with it"; }
        catch (OpsException e) when (e.ErrorId == "ComposeMissing")
        {
            _context.Reporter.Warning($"What services get of it was not asked: {e.Message}");
            return null;
        }
    }

    private async Task<(ComposeSource, ComposeFile, string)?> ReadAsync()
    {
        PlatformOptions platform = _context.Environment.Platform;
        if (platform.Kind != PlatformKind.Compose) return null;
        ComposeProject project = ComposeProject.Read(platform, _context.Reporter);
        ComposeSource? source = ComposeSource.Of("", await LabelsAsync().ConfigureAwait(false), project, platform, _context.Reporter);
        return source is null ? null : (source, ComposeFile.Read(source), project.Name);
    }

    /// <summary>The labels of the project's containers, which name the files that they were made of.</summary>
    private async Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> LabelsAsync()
    {
        try
        {
            IReadOnlyList<ServiceRecord> services = await _context.Platform().ListAsync(null, CancellationToken.None).ConfigureAwait(false);
            // What an update made of files of ours tells nothing of the project's own.
            return [.. services.SelectMany(s => s.Instances).Select(i => i.Labels).Where(l => !l.Values.Any(v =>
                v.Contains('/' + OfRollouts, StringComparison.Ordinal)))];
        }
        catch (OpsException e)
        {
            _context.Reporter.Verbose($"The files are those of {_context.Environment.Platform.ComposeFile}; containers could not be asked: "
                + e.Message);
            return [];
        }
    }
}
