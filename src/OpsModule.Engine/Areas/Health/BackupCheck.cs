using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Health;

/// <summary>How old the newest backup of each database is in each store, and the newest that was proved.</summary>
internal static class BackupCheck
{
    private const string Age = "backup.age", VerifiedAge = "backup.verifiedAge";

    public static IEnumerable<HealthCheck> All(OpsContext context) =>
        from store in context.Environment.Backups.Stores.Keys
        from database in context.Environment.Databases.Values
        select new HealthCheck(Age, $"{database.Name} in {store}", (report, token) => RunAsync(context, database.Name, store, report, token))
        {
            Checks = [Age, VerifiedAge],
            Services = database.Service is { } service ? [service] : [],
            TimeoutRemedy = "Is the store there, and does a firewall let it through?",
            Blocks = context.Environment.Backups.Stores[store].Path is not null,
        };

    private static async Task RunAsync(OpsContext context, string database, string store, HealthReport report, CancellationToken cancellationToken)
    {
        BackupRecord? newest = null, proved = null;
        // Newest first. Whole databases count; where only tenants are backed up, those.
        await foreach (BackupRecord backup in new BackupCatalog(context).ListAsync(new BackupQuery { Name = database, Stores = [store], Quiet = true }, cancellationToken).ConfigureAwait(false))
        {
            if (newest is null || (newest.Tenant is not null && backup.Tenant is null)) newest = backup;
            if (backup.VerifiedAt is not null && (proved is null || (proved.Tenant is not null && backup.Tenant is null))) proved = backup;
            if (newest.Tenant is null && proved is { Tenant: null }) break;
        }
        if (newest is null)
        {
            report.Said(HealthStatus.Unhealthy, $"{store} has no backup of {database}.", $"Backup-OpsDatabase {database}");
            return;
        }
        report.Measured(Age, (report.Now - newest.StartedAt).TotalSeconds, $"The newest is {newest.Id}.",
            "Find out why the last one was not made (Get-OpsChange -Last 5), and make one: Backup-OpsDatabase.");
        report.Check = VerifiedAge;
        if (proved is null) report.Said(HealthStatus.Degraded, "No backup was ever tested.", "Get-OpsBackup -Latest | Test-OpsBackup -Level Structure");
        else report.Measured(VerifiedAge, (report.Now - proved.StartedAt).TotalSeconds, $"The newest that passed a test is {proved.Id}.", "Get-OpsBackup -Latest | Test-OpsBackup -Level Structure");
    }
}
