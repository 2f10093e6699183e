using System.Management.Automation;
using OpsModule.Engine.Areas.Schedules;

namespace OpsModule.Schedules;

/// <summary>
/// Shows the entries of the schedule: when each runs next, when it last ended well and badly, and whether it is overdue.
/// </summary>
/// <remarks>
/// <para>What ran is read from the journal: a line of the schedule runs as Invoke-OpsSchedule, whoever starts it. An entry is Overdue
/// when a run
/// was due, its time of grace (<c>grace:</c>) is over, and none has ended well since. What was added or moved a moment ago is not overdue
/// since
/// yesterday: since when it stands is kept in the state folder, and where that cannot be, it is Unknown. The check schedule.overdue of
/// Test-OpsHealth tells the same.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsSchedule</code>
/// <para>Shows all entries.</para>
/// </example>
/// <example>
/// <code>Get-OpsSchedule night* | Assert-OpsResult</code>
/// <para>Ends with an error when one of them is overdue, has failed, or is unknown.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsSchedule")]
[OutputType(typeof(ScheduleRecord))]
public sealed class GetOpsScheduleCommand : OpsEnvironmentCmdlet
{
    /// <summary>The entries' names in the environment file, in any case and with wildcards; all of them when it is left out.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ScheduleCompleter))]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        var service = new ScheduleService(Context);
        foreach (ScheduleRecord record in service.List(service.Choose(Name, Fail))) Emit(record);
        return Task.CompletedTask;
    }
}
