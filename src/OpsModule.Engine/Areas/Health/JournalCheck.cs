using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Health;

/// <summary>Whether the journal is as it was written.</summary>
internal static class JournalCheck
{
    public const string Name = "journal.intact";

    public static HealthCheck Of(OpsContext context) => new(Name, context.Environment.StateDirectory, (report, _) =>
    {
        JournalTestResult result = new Journal(context.Environment, context.Time).Test();
        report.Said(!result.Passed ? HealthStatus.Unhealthy : result.IsSuspect ? HealthStatus.Degraded : HealthStatus.Healthy, result.Message, "Run Test-OpsJournal, and find out who wrote to the journal.");
        return Task.CompletedTask;
    }) { Blocks = true };
}
