using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Records;
using OpsModule.Foundations.Errors;

namespace OpsModule.Logs;

/// <summary>Base of the cmdlets that read logs: which logs, and what of them.</summary>
public abstract class OpsLogCmdlet : OpsEnvironmentCmdlet
{
    private readonly List<string> _services = [], _files = [];
    private bool _isAsked;

    /// <summary>Only these services, by name, in any case and with wildcards; without it all services of the environment.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Service")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServiceCompleter))]
    public string[]? Service { get; set; }

    /// <summary>Services, by name or from Get-OpsService; files from Get-ChildItem; or environments, of which the logs are read one after another.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = "InputObject")]
    public object? InputObject { get; set; }

    /// <summary>Files instead of services: paths, folders (the files in them), the wildcards * and ?. Files are read by what they hold:
    /// text, UTF-16, gzip, zstd, xz, bzip2.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Path")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>Files and folders, whose names are taken as they are: no character is a wildcard.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true, Literal = true)]
    public string[]? LiteralPath { get; set; }

    /// <summary>Only from this time on, or from so long ago: 2026-11-21T03:16:00Z, 15m, 2h, 7d.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only up to this time, or up to so long ago.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Only the last so many of what matches, of all instances together.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? Tail { get; set; }

    /// <summary>Only entries of this level and graver ones. Entries that say no level are left out.</summary>
    [Parameter]
    public LogLevel? Level { get; set; }

    /// <summary>Only entries of level Error and Critical; a stack trace is an error though no word says so.</summary>
    [Parameter]
    public SwitchParameter Errors { get; set; }

    /// <summary>Only entries whose lines match this regular expression; capitals and small letters are the same, as with -match.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Pattern { get; set; }

    /// <summary>What the parameters ask for.</summary>
    protected LogQuery Query => new()
    {
        Services = _services.Count > 0 ? [.. _services.Distinct()] : null,
        Files = ReadFiles ? LogFiles.Find([.. Path ?? [], .. LiteralPath ?? [], .. _files], CurrentFolder) : null,
        Since = Since,
        Until = Until,
        Tail = Tail,
        Level = Errors ? LogLevel.Error : Level ?? LogLevel.Unknown,
        Pattern = Pattern,
    };

    private protected sealed override bool ReadsFiles => true;

    /// <summary>True when files are read, which need no environment.</summary>
    protected bool ReadFiles => (Path ?? LiteralPath) is not null || _files.Count > 0;

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (IsEnvironment) return CheckAndRunAsync(cancellationToken);
        // Called without an object once, when nothing is piped in. What is piped in is read together, in one order.
        return AttemptAsync(() =>
        {
            if (MyInvocation.ExpectingInput || InputObject is not null) Take(InputObject);
            _isAsked = true;
            return Task.CompletedTask;
        });
    }

    /// <inheritdoc/>
    protected sealed override Task EndAsync(CancellationToken cancellationToken) => _isAsked ? CheckAndRunAsync(cancellationToken) : Task.CompletedTask;

    private Task CheckAndRunAsync(CancellationToken cancellationToken)
    {
        if (Service is not null && _services.Count == 0) _services.AddRange(Service);
        if (ReadFiles && _services.Count > 0) throw Conflict("Files and services were piped in, which cannot be read together", "Pipe one of them.");
        if (Errors && Level is not null) throw Conflict("-Errors is -Level Error", "Leave one of them out.");
        if (Since > Until) throw Conflict($"-Since ({Display.Time(Since)}) is later than -Until ({Display.Time(Until)})", "Exchange them.");
        return RunAsync(cancellationToken);
    }

    private void Take(object? given)
    {
        if (given is not string) CheckIsOfThis(given);
        switch (Unwrap(given))
        {
            case string name when !string.IsNullOrWhiteSpace(name): _services.Add(name); break;
            case ServiceRecord service: _services.Add(service.Name); break;
            case ServiceInstance instance: _services.Add(instance.Service); break;
            case not null and not string when ProviderPaths.OfFile(SessionState.Path, given) is { } file: _files.Add(file); break;
            case not null and not string when PipedObject.Named(given, "Service", "Name") is { } named: _services.Add(named); break;
            default: throw given is null ? PipelineObject.IsNo("service", "", "a service's name", "null") : PipedObject.IsNo("service or file", given, "a service's name, an object of Get-OpsService, a file of Get-ChildItem or an environment");
        }
    }

    /// <summary>Reads, after the parameters have been found to agree.</summary>
    protected abstract Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Where the services run; null when files are read, which need no environment.</summary>
    protected IServicePlatform? OpenPlatform() => !ReadFiles ? Context.OpenPlatform() : null;

    /// <summary>An error about parameters that contradict each other.</summary>
    protected static OpsException Conflict(string what, string remedy) => new("ParametersConflict", OpsErrorCategory.InvalidArgument, what + "; both were given.", remedy);
}
