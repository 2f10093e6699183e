using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health;

/// <summary>
/// How old the newest backup of each database and of its tenants is in each store, the newest that was proved, and what backups suddenly
/// lack. The
/// listing tells nearly all of it: only the two manifests that an answer rests on are read.
/// </summary>
internal static class BackupCheck
{
    public const string Losses = "backup.losses";

    private const string Age = "backup.age", VerifiedAge = "backup.verifiedAge", TenantAge = "backup.tenantAge";

    /// <summary>A tenant that was not backed up for so long, while others were, is taken for one that is gone.</summary>
    private static readonly TimeSpan Gone = TimeSpan.FromDays(14);

    public static IEnumerable<HealthCheck> All(OpsContext context) =>
        from store in context.Environment.Backups.Stores.Keys
        from database in context.Environment.Databases.Values
        select new HealthCheck(Age, $"{database.Name} in {store}", (report, token) => RunAsync(context, database.Name, store, report,
            token))
        {
            Checks = [Age, VerifiedAge, TenantAge, Losses],
            Services = database.Service is { } service ? [service] : [],
            TimeoutRemedy = "Is the store there, and does a firewall let it through?",
            Blocks = context.Environment.Backups.Stores[store].Path is not null,
        };

    private static async Task RunAsync(OpsContext context, string database, string store, HealthReport report,
        CancellationToken cancellationToken)
    {
        var seen = new Seen();
        await foreach (BackupGroup group in new GroupLister(context).ListAsync(store, new BackupQuery { Name = database },
            cancellationToken).ConfigureAwait(false))
        {
            if (group.Tenant is null) seen.Whole = group;
            else seen.Tenants.Add((group.Tenant, group.Entries[0]));
            seen.Add(group);
        }
        // Whole databases count; where only tenants are backed up, those.
        BackupEntry? newest = await FirstTrustedAsync(context, store, seen.Whole?.Entries ?? seen.All,
            cancellationToken).ConfigureAwait(false);
        if (newest is null)
        {
            report.Said(HealthStatus.Unhealthy, $"{store} has no backup of {database}.", $"Backup-OpsDatabase {database}");
            return;
        }
        report.Measured(Age, (report.Now - newest.StartedAt).TotalSeconds, $"The newest is {newest.Id}.",
            "Find out why the last one was not made (Get-OpsChange -Last 5), and make one: Backup-OpsDatabase.");
        report.Check = VerifiedAge;
        BackupEntry? proved = await FirstTrustedAsync(context, store, seen.Proved, cancellationToken).ConfigureAwait(false);
        if (proved is null) report.Said(HealthStatus.Degraded, "No backup was ever tested.",
            "Get-OpsBackup -Latest | Test-OpsBackup -Level Structure");
        else report.Measured(VerifiedAge, (report.Now - proved.StartedAt).TotalSeconds, $"The newest that passed a test is {proved.Id}.",
            "Get-OpsBackup -Latest | Test-OpsBackup -Level Structure");
        TellTenants(seen, database, report);
        await TellLossesAsync(context, store, seen, report, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The tenant whose newest backup is the oldest; silent where no tenant has one of its own.</summary>
    private static void TellTenants(Seen seen, string database, HealthReport report)
    {
        if (seen.Tenants.Count == 0) return;
        DateTimeOffset latest = seen.Tenants.Max(t => t.Newest.StartedAt);
        (string Tenant, BackupEntry Newest)[] present = [.. seen.Tenants.Where(t => latest - t.Newest.StartedAt <= Gone).OrderBy(t =>
            t.Newest.StartedAt)];
        Limits limits = report.LimitsOf(TenantAge);
        string[] late = [.. present.Where(t =>
            limits.Judge((report.Now - t.Newest.StartedAt).TotalSeconds) != HealthStatus.Healthy).Select(t => t.Tenant)];
        string message = late.Length == 0 ? $"The oldest of {present.Length} is that of {present[0].Tenant}, {present[0].Newest.Id}."
            : $"{late.Length} of {present.Length} tenants have no newer one: {string.Join(", ", late.Take(5))}{(late.Length > 5 ? " ..." : "")}.";
        report.Measured(TenantAge, (report.Now - present[0].Newest.StartedAt).TotalSeconds, message,
            $"Backup-OpsDatabase {database} -Tenant {string.Join(", ", late.Take(5))}");
    }

    private static async Task TellLossesAsync(OpsContext context, string store, Seen seen, HealthReport report,
        CancellationToken cancellationToken)
    {
        report.Check = Losses;
        if (seen.Lacking.Count == 0)
        {
            report.Said(HealthStatus.Healthy, "No backup lacks much that the one before had.");
            return;
        }
        (BackupGroup group, BackupEntry entry) = seen.Lacking[0];
        LossMark? mark = await BackupMarks.ReadLossesAsync(context.OpenStore(store), entry.Base, cancellationToken).ConfigureAwait(false);
        string more = seen.Lacking.Count == 1 ? "" : $" So do {seen.Lacking.Count - 1} more.";
        report.Said(HealthStatus.Degraded,
            $"Backup {entry.Id} of {group.Words} lacks what the one before had: {string.Join("; ", mark?.Lost.Take(3) ?? ["it cannot be told what"])}.{more}",
            $"Find out where it went. When it was meant: Approve-OpsBackup {entry.Id} -Reason ...; else restore it from {(mark?.Before.Length > 0 ? mark.Before : "the one before")}.");
    }

    /// <summary>The newest whose manifest can be trusted and whose object is there.</summary>
    private static async Task<BackupEntry?> FirstTrustedAsync(OpsContext context, string store, IEnumerable<BackupEntry> newestFirst,
        CancellationToken cancellationToken)
    {
        var catalog = new BackupCatalog(context);
        foreach (BackupEntry entry in newestFirst)
            if (await catalog.TryFindAtAsync(store, entry, cancellationToken).ConfigureAwait(false) is { } backup
                && backup.StoredBytes == entry.Object?.Length) return entry;
        return null;
    }

    /// <summary>What a store's listing tells.</summary>
    private sealed class Seen
    {
        private readonly List<BackupEntry> _all = [];

        public BackupGroup? Whole { get; set; }

        public List<(string Tenant, BackupEntry Newest)> Tenants { get; } = [];

        public List<(BackupGroup Group, BackupEntry Entry)> Lacking { get; } = [];

        public void Add(BackupGroup group)
        {
            _all.AddRange(group.Entries);
            Lacking.AddRange(group.Entries.Where(e => e.HasLosses).Select(e => (group, e)));
        }

        public IEnumerable<BackupEntry> All => _all.OrderByDescending(e => e.Id, StringComparer.Ordinal);

        /// <summary>Those of whole databases first, where there are any.</summary>
        public IEnumerable<BackupEntry> Proved => (Whole?.Entries.Any(e => e.VerifiedAt is not null) is true ? Whole.Entries
            : All).Where(e => e.VerifiedAt is not null);
    }
}
