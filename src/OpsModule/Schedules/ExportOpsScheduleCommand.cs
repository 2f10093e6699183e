using System.Management.Automation;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Areas.Schedules.Exporting;
using OpsModule.Foundations.Errors;

namespace OpsModule.Schedules;

/// <summary>
/// Hands entries of the schedule to a scheduler: writes what systemd, cron, Kubernetes, Jenkins or Azure Automation reads. It installs
/// nothing;
/// each result says what to do with the file (Next).
/// </summary>
/// <remarks>
/// <para>Every file starts PowerShell itself and no shim, so that a signal reaches it, and runs Invoke-OpsSchedule with the entry's name:
/// the line
/// stays in the environment file. A run that meets the one before is skipped. Secrets are never written: a variable of <c>env:</c>
/// becomes an
/// EnvironmentFile, a reference to a Secret, a credential or an encrypted variable of that name.</para>
/// <para>Times are UTC. What a system cannot say is an error: cron knows the clock of its machine only, so that must be UTC or never
/// change; cron,
/// Kubernetes and Jenkins do not know L, W and #; an hour is the least step of Azure Automation, which needs a hybrid worker.</para>
/// <para>A file that was exported before is replaced; another one only with -Force.</para>
/// </remarks>
/// <example>
/// <code>Export-OpsSchedule -As SystemdTimer -User backup | Select-Object -ExpandProperty Text</code>
/// <para>Shows the services and timers of all entries, and writes nothing.</para>
/// </example>
/// <example>
/// <code>Export-OpsSchedule nightly -As SystemdTimer -User backup -Path /etc/systemd/system</code>
/// <para>Writes the two files of one entry, and tells what to do next.</para>
/// </example>
/// <example>
/// <code>Export-OpsSchedule -As KubernetesCronJob -Image registry.example.net/ops:1 -Path deploy</code>
/// <para>Writes a CronJob for each entry into the folder deploy.</para>
/// </example>
[Cmdlet(VerbsData.Export, "OpsSchedule", SupportsShouldProcess = true)]
[OutputType(typeof(ScheduleFileRecord))]
public sealed class ExportOpsScheduleCommand : OpsEnvironmentCmdlet
{
    /// <summary>The entries' names in the environment file, in any case and with wildcards; all of them when it is left out.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ScheduleCompleter))]
    public string[]? Name { get; set; }

    /// <summary>For which system.</summary>
    [Parameter(Mandatory = true)]
    public ScheduleSystem As { get; set; }

    /// <summary>The folder to write to, which must exist. Without it nothing is written, and the text of each file is in the
    /// result.</summary>
    [Parameter(Position = 1)]
    [Alias("LiteralPath", "PSPath")]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? Path { get; set; }

    /// <summary>The account that the lines run as, where the system starts them on this or another machine; the one of this session by
    /// default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? User { get; set; }

    /// <summary>Full path of PowerShell there: the program itself, not the shim of dotnet tool install. By default it is this session's,
    /// and in a pod
    /// that of this module's image.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Program { get; set; }

    /// <summary>Name or full path of this module there. By default it is the name where every account of a machine finds it, else this
    /// session's path.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Module { get; set; }

    /// <summary>Full path of the environment file there; by default where it is here, and in a pod /etc/ops/ops.yaml.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? EnvironmentFile { get; set; }

    /// <summary>Full path of the file that gives the variables of env: references, for systemd and cron; /etc/ops/ENVIRONMENT.secrets by
    /// default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SecretsFile { get; set; }

    /// <summary>The zone that the clock of the machine with cron has, such as Etc/UTC; that of this machine by default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TimeZone { get; set; }

    /// <summary>The image of the pods; build/image.ps1 builds one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Image { get; set; }

    /// <summary>The label of Jenkins's agents; ops by default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Agent { get; set; } = "ops";

    /// <summary>The group of hybrid workers of Azure Automation.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkerGroup { get; set; }

    /// <summary>Replaces files that this cmdlet did not write.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private string? _module;

    private protected override void Given()
    {
        base.Given();
        _module = MyInvocation.MyCommand.Module?.Path;
        foreach ((string parameter, ScheduleSystem[] systems) in Fitting)
        {
            if (IsBound(parameter) && !systems.Contains(As))
                throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
                    $"-{parameter} is for {string.Join(" and ", systems)}, and -As says {As}.", "Leave one of them out.", parameter);
        }
    }

    private static readonly (string Parameter, ScheduleSystem[] Systems)[] Fitting =
    [
        (nameof(User), [ScheduleSystem.SystemdTimer, ScheduleSystem.Cron]),
        (nameof(SecretsFile), [ScheduleSystem.SystemdTimer, ScheduleSystem.Cron]),
        (nameof(TimeZone), [ScheduleSystem.Cron]),
        (nameof(Image), [ScheduleSystem.KubernetesCronJob]),
        (nameof(Agent), [ScheduleSystem.Jenkinsfile]),
        (nameof(WorkerGroup), [ScheduleSystem.AzureAutomation]),
    ];

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ScheduleEntry> entries = new ScheduleService(Context).Choose(Name, Fail);
        if (entries.Count == 0 && Name is null)
            throw ScheduleErrors.ScheduleUnknown.Make($"The environment {Context.Environment.Name} has no schedule.",
                "Add entries under schedule: in the environment file.", Context.Environment.Name);
        foreach (ScheduleFileRecord file in new ScheduleExporter(Context).Make(entries, Request(), Fail))
        {
            if (Path is null) Emit(file);
            else if (await ShouldProcessAsync(
                System.IO.Path.Combine(Path, file.Name), $"Write {string.Join(", ", file.Schedules)} for {As}")
                .ConfigureAwait(false)) await AttemptAsync(() =>
                    { Emit(ScheduleExporter.Write(file, Path, Force)); return Task.CompletedTask; }).ConfigureAwait(false);
        }
    }

    private ScheduleExportRequest Request() => new()
    {
        System = As,
        Program = Program ?? (As is ScheduleSystem.KubernetesCronJob ? "/opt/microsoft/powershell/pwsh" : SessionProgram.Path(As)),
        Module = Module ?? (As is ScheduleSystem.KubernetesCronJob or ScheduleSystem.AzureAutomation ? "OpsModule"
            : SessionProgram.Module(_module)),
        EnvironmentFile = EnvironmentFile,
        User = User ?? System.Environment.UserName,
        SecretsFile = SecretsFile,
        Zone = Zone(),
        Image = Image,
        Agent = Agent,
        WorkerGroup = WorkerGroup,
        Settings = As is ScheduleSystem.KubernetesCronJob or ScheduleSystem.AzureAutomation || Program is not null
            ? new Dictionary<string, string>() : SessionProgram.Settings(),
    };

    private TimeZoneInfo Zone()
    {
        if (TimeZone is null) return TimeZoneInfo.Local;
        try { return TimeZoneInfo.FindSystemTimeZoneById(TimeZone); }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            throw new OpsException("TimeZoneUnknown", OpsErrorCategory.InvalidArgument, $"There is no time zone {TimeZone}.",
                "Write it as timedatectl list-timezones shows it, such as Etc/UTC.", TimeZone, e);
        }
    }
}
