using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Tenants.Showing;

/// <summary>
/// Whether a suspension was lifted when its time was over, and whether one has ended at all. The area of health is told of it.
/// </summary>
internal static class TenantCheck
{
    public const string Name = "tenant.suspended";

    /// <summary>One check for each tenant that is suspended.</summary>
    public static IEnumerable<HealthCheck> All(OpsContext context) => new TenantCatalog(context).Suspended().Select(record =>
        new HealthCheck(Name, record.Tenant, (report, _) =>
        {
            (HealthStatus status, string remedy) = Judge(record);
            report.Said(status, record.Message + ".", remedy);
            return Task.CompletedTask;
        }) { Blocks = true, TimeoutRemedy = "Is the disk of the state folder there, and does it answer?" });

    private static (HealthStatus Status, string Remedy) Judge(TenantRecord record) => record switch
    {
        { Status: TenantStatus.Overdue } => (HealthStatus.Unhealthy, $"Let it in again (Resume-OpsTenant {record.Tenant}), and see why the "
            + $"schedule's entry {record.Runner} did not (Get-OpsSchedule {record.Runner})."),
        { Status: TenantStatus.Unfinished } => (HealthStatus.Unhealthy, $"Go on with it (Resume-OpsChange {record.Change}), or let the tenant "
            + $"in again (Undo-OpsChange {record.Change})."),
        { IsProven: false } => (HealthStatus.Degraded, "Declare requests that prove it (tenants.proof), and see what each instance answers."),
        _ => (HealthStatus.Healthy, ""),
    };
}
