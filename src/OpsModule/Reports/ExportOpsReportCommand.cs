using System.Management.Automation;
using OpsModule.Engine.Outlets.Reports;
using OpsModule.Foundations.Errors;

namespace OpsModule.Reports;

/// <summary>
/// Writes one HTML page from whatever is piped in: what is wrong first and what to do about it, then a section for each kind of object
/// with charts, and behind each the table.
/// </summary>
/// <remarks>
/// <para>The page needs nothing else: no server, no script, no file beside it. It follows the light or dark setting of whoever reads it, can be
/// printed, and can be sent by mail. Health results, services, usage, availability, certificates, backups and their tests, drills, restores, logs,
/// events and changes have charts of their own; any other object becomes a table.</para>
/// <para>What came out of a job, another session, a file (CLIXML, CSV, JSON) or Select-Object -Property is judged as where it was made. What was not
/// kept whole enough, such as a selection without its Status, a group or a formatted table, is shown, its verdict is Unknown, and an error says so.</para>
/// <para>Of a hundred thousand log entries the charts count all and the table keeps -MaximumRows: those that need attention, and the latest of
/// the others. The page says how many it shows. Foreign text stays text; what looks like a password in it is withheld.</para>
/// <para>The file is written beside its place and renamed, and only its owner may read it. A report that was written is a success,
/// whatever it says. With -FailOnBad there is an error at the end when something in it is Unhealthy or Unknown, so that a scheduled step fails.</para>
/// </remarks>
/// <example>
/// <code>Test-OpsHealth | Export-OpsReport health.html</code>
/// <para>The health of the environment, to look at or to send.</para>
/// </example>
/// <example>
/// <code>&amp; { Test-OpsHealth; Get-OpsService; Get-OpsBackup; Get-OpsLog -Errors -Since 1d } | Export-OpsReport morning.html -Force</code>
/// <para>Several things in one page; the report of the day before is replaced.</para>
/// </example>
/// <example>
/// <code>Get-OpsLog -Since 2h | Export-OpsReport -Path /srv/reports/ -Title 'Incident 42'</code>
/// <para>A page with a name of its own in a folder.</para>
/// </example>
/// <example>
/// <code>$report = Test-OpsHealth | Export-OpsReport health.html -Force; exit $report.ExitCode</code>
/// <para>Ends a script with 1 when something is Unhealthy or Unknown.</para>
/// </example>
[Cmdlet(VerbsData.Export, "OpsReport", SupportsShouldProcess = true)]
[OutputType(typeof(ReportRecord))]
public sealed class ExportOpsReportCommand : OpsCmdlet
{
    private ReportBuilder? _report;

    /// <summary>What the report is made of: any objects.</summary>
    [Parameter(ValueFromPipeline = true)]
    public object? InputObject { get; set; }

    /// <summary>The file to write, or a folder to make one in.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("LiteralPath", "PSPath")]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? Path { get; set; }

    /// <summary>The title; without it one with the environment's name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Title { get; set; }

    /// <summary>The most rows that the table of a section keeps.</summary>
    [Parameter]
    [ValidateRange(1, 20_000)]
    public int MaximumRows { get; set; } = 500;

    /// <summary>Replaces a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Ends with an error when something in the report is Unhealthy or Unknown.</summary>
    [Parameter]
    public SwitchParameter FailOnBad { get; set; }

    private string File
    {
        get
        {
            string full = Path!;
            bool isFolder = Directory.Exists(full) || System.IO.Path.EndsInDirectorySeparator(full);
            return isFolder ? System.IO.Path.Combine(full, $"ops-report-{TimeProvider.System.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}.html") : full;
        }
    }

    /// <inheritdoc/>
    protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        // Said before the work is done whose report could not be kept.
        ReportBuilder.CheckFree(File, Force);
        _report = new ReportBuilder(MaximumRows, TimeProvider.System);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (object? item in PipedObject.Each(InputObject))
        {
            if (PipedObject.Read(item) is { } read) _report!.Add(read.Record);
            else if (PipedObject.Of(item) is { } record) _report!.Add(record, PipedObject.TypeName(item!), PipedObject.Within(item));
        }
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        string file = File;
        if (_report!.Records == 0) Warning("Nothing was piped in; the report is empty.");
        string what = _report.Records == 1 ? "1 record" : FormattableString.Invariant($"{_report.Records:N0} records");
        if (!await ShouldProcessAsync(file, $"Write a report of {what}").ConfigureAwait(false)) return;
        ReportRecord written = _report.Write(file, Title, Force);
        Emit(FailOnBad ? written.Judging() : written);
        if (FailOnBad && written.ExitCode != 0 && _report.NotUnderstood == 0)
            Fail(new OpsException("ReportBad", OpsErrorCategory.InvalidResult, $"Something in the report {file} is {written.Verdict}.", "Read its first section: it says what is wrong and what to do.", written));
        if (_report.NotUnderstood > 0)
            Fail(new OpsException("ReportNotUnderstood", OpsErrorCategory.InvalidData,
                FormattableString.Invariant($"{_report.NotUnderstood:N0} of {what} are errors or jobs, or came out of another session, a file, a selection, a group or a table, and whether they are well was not understood; the report says Unknown of them."),
                ReportBuilder.NotUnderstoodRemedy, written));
    }
}
