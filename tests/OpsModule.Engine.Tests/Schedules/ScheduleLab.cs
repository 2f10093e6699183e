using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Locks;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Alerts;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Schedules;

/// <summary>An environment with a schedule, and a clock that stands still until a test moves it.</summary>
internal sealed class ScheduleLab : IDisposable
{
    public TempFolder Folder { get; } = new();

    public StillClock Clock { get; } = new() { Now = new DateTimeOffset(2026, 11, 28, 12, 0, 0, TimeSpan.Zero) };

    public RecordingReporter Reporter { get; } = new();

    public EnvironmentLoad Load(string text) => EnvironmentLoader.Load(Folder.Write("ops.yaml", "environment: lab\n" + text));

    public OpsContext Context(string text)
    {
        EnvironmentLoad load = Load(text);
        OpsEnvironment environment = load.Environment ?? throw new InvalidOperationException(string.Join('\n', load.Findings));
        return OpsContextFactory.Create(environment, Reporter) with
        {
            Time = Clock,
            Journal = new Journal(environment, Clock),
            Locks = new FileLocks(environment.StateDirectory, Clock),
        };
    }

    /// <summary>One entry named nightly.</summary>
    public OpsContext Nightly(string at = "0 2 * * *", string more = "") => Context($"schedule: {{ nightly: {{ at: \"{at}\", run: Get-Date{more} }} }}");

    public static ScheduleEntry Entry(OpsContext context, string name = "nightly") => context.Environment.Section<ScheduleSettings>().Entries[name];

    public static ScheduleRecord Record(OpsContext context) => Assert.Single(new ScheduleService(context).List([Entry(context)]));

    /// <summary>A run that ends as it is told to.</summary>
    public static Task<ScheduleRunRecord> RunAsync(OpsContext context, params string[] problems) =>
        new ScheduledRun(context).RunAsync(Entry(context), ["Get-Date"], _ => Task.FromResult(new ScheduleLineOutcome(1, problems)), default);

    public void Dispose() => Folder.Dispose();
}
