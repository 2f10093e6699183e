using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine;
using OpsModule.Engine.Logs;
using OpsModule.Engine.Platforms;

namespace OpsModule.Logs;

/// <summary>Base of the cmdlets that read logs: which logs, and what of them.</summary>
public abstract class OpsLogCmdlet : OpsEnvironmentCmdlet
{
    private readonly List<string> _services = [];

    /// <summary>Only these services, by name (in any case, with wildcards) or from Get-OpsService; without it all services of the environment.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = "Service")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServiceCompleter))]
    public string[]? Service { get; set; }

    /// <summary>Files instead of services: paths, folders (the files in them), the wildcards * and ?; names that end in .gz are uncompressed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Path")]
    [ValidateNotNullOrEmpty]
    public string[]? Path { get; set; }

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
        Files = Path is null ? null : LogFiles.Find(Path, CurrentFolder),
        Since = Since,
        Until = Until,
        Tail = Tail,
        Level = Errors ? LogLevel.Error : Level ?? LogLevel.Unknown,
        Pattern = Pattern,
    };

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        // Piped services are read together, in one order.
        if (Service is not null) _services.AddRange(Service);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected sealed override Task EndAsync(CancellationToken cancellationToken)
    {
        if (Errors && Level is not null) throw Conflict("-Errors is -Level Error", "Leave one of them out.");
        if (Since > Until) throw Conflict($"-Since ({Display.Time(Since)}) is later than -Until ({Display.Time(Until)})", "Exchange them.");
        return RunAsync(cancellationToken);
    }

    /// <summary>Reads, after the parameters have been found to agree.</summary>
    protected abstract Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Where the services run; null when files are read, which need no environment.</summary>
    protected IServicePlatform? OpenPlatform() => Path is null ? ServicePlatforms.Open(Context) : null;

    /// <summary>An error about parameters that contradict each other.</summary>
    protected static OpsException Conflict(string what, string remedy) => new("ParametersConflict", OpsErrorCategory.InvalidArgument, what + "; both were given.", remedy);
}
