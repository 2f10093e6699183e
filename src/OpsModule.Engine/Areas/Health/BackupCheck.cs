using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health;

/// <summary>
/// How old the newest backup of each database and of its tenants is in each store, the newest that was proved, and what backups suddenly
/// lack. The
/// listing tells nearly all of it: only the manifests that an answer rests on are read.
/// </summary>
internal static class BackupCheck
{
    public const string Losses = "backup.losses";

    public const string TenantAge = "backup.tenantAge";

    private const string Age = "backup.age", VerifiedAge = "backup.verifiedAge";

    public static IEnumerable<HealthCheck> All(OpsContext context, ConnectionGate gate) =>
        from store in context.Environment.Backups.Stores.Keys
        from database in context.Environment.Databases.Values
        select new HealthCheck(Age, $"{database.Name} in {store}", (report, token) => RunAsync(context, database, gate, store, report,
            token))
        {
            Checks = [Age, VerifiedAge, TenantAge, Losses],
            Services = database.Service is { } service ? [service] : [],
            TimeoutRemedy = "Is the store there, and does a firewall let it through?",
            Blocks = context.Environment.Backups.Stores[store].Path is not null,
        };

    private static async Task RunAsync(OpsContext context, DatabaseSettings database, ConnectionGate gate, string store,
        HealthReport report, CancellationToken cancellationToken)
    {
        var seen = new Seen(report.Now);
        await foreach (BackupGroup group in new GroupLister(context).ListAsync(store, new BackupQuery { Name = database.Name },
            cancellationToken).ConfigureAwait(false))
            seen.Add(group);
        var prober = new BackupProber(context);
        // Whole databases count; where only tenants are backed up, those.
        BackupEntry? newest = await FirstAsync(prober, store, seen.Counted, _ => true, cancellationToken).ConfigureAwait(false);
        if (newest is null)
        {
            string lacking = seen.Any ? " that is whole and can be trusted" : "";
            report.Said(HealthStatus.Unhealthy, $"{store} has no backup of {database.Name}{lacking}.{seen.TellFuture()}",
                $"Backup-OpsDatabase {database.Name}");
            return;
        }
        Tell(report, Age, report.Now - newest.StartedAt, $"The newest is {newest.Id}.{seen.TellFuture()}", seen.Future.Count > 0
            ? $"Set the clocks right, then remove what a wrong one has stamped: Remove-OpsBackup {seen.Future[0].Id}."
            : "Find out why the last one was not made (Get-OpsChange -Last 5), and make one: Backup-OpsDatabase.", seen.Future.Count > 0);
        report.Check = VerifiedAge;
        const string Test = "Get-OpsBackup -Latest | Test-OpsBackup -Level Structure";
        BackupEntry? proved = await FirstAsync(prober, store, seen.Counted.Where(e => e.VerifiedAt is not null), look => look.IsVerified,
            cancellationToken).ConfigureAwait(false);
        if (proved is null) report.Said(HealthStatus.Degraded, "No backup was ever tested.", Test);
        else Tell(report, VerifiedAge, report.Now - proved.StartedAt, $"The newest that passed a test is {proved.Id}.", Test, false);
        await TellLossesAsync(context, store, seen, report, cancellationToken).ConfigureAwait(false);
        report.Check = TenantAge;
        if (seen.Tenants.Count > 0 && report.Wants(TenantAge))
            await new TenantAges(prober, store, database, seen.Tenants).TellAsync(new DatabaseLane(context, database, gate),
                seen.Whole is null, report, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reports an age by its levels, and as no better than Degraded where something else is wrong.</summary>
    public static void Tell(HealthReport report, string figure, TimeSpan age, string message, string remedy, bool isDoubtful)
    {
        Limits limits = report.LimitsOf(figure);
        HealthStatus status = limits.Judge(age.TotalSeconds);
        if (!isDoubtful || status != HealthStatus.Healthy)
        {
            report.Measured(figure, age.TotalSeconds, message, remedy);
            return;
        }
        report.Check = figure;
        report.Said(HealthStatus.Degraded, message, remedy, limits, age.TotalSeconds);
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

    /// <summary>The newest that is whole, can be trusted, and is what is asked for.</summary>
    private static async Task<BackupEntry?> FirstAsync(BackupProber prober, string store, IEnumerable<BackupEntry> newestFirst,
        Func<BackupProbe, bool> isAskedFor, CancellationToken cancellationToken)
    {
        foreach (BackupEntry entry in newestFirst)
            if (await prober.LookAsync(store, entry, cancellationToken).ConfigureAwait(false) is { Damage: null } look && isAskedFor(look))
                return entry;
        return null;
    }

    /// <summary>How old the newest backup of each tenant is, and whether one that fell far behind is gone, or has never had one.</summary>
    private sealed class TenantAges(BackupProber prober, string store, DatabaseSettings database,
        IReadOnlyList<(string Tenant, IReadOnlyList<BackupEntry> Entries)> listed)
    {
        /// <summary>One that was not backed up for so long, while others were, may be gone.</summary>
        private static readonly TimeSpan Behind = TimeSpan.FromDays(14);

        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

        /// <summary>Tells of the tenant whose newest whole backup is the oldest.</summary>
        public async Task TellAsync(DatabaseLane lane, bool isAll, HealthReport report, CancellationToken cancellationToken)
        {
            Dictionary<string, BackupEntry> newest = listed
                .Select(t => (t.Tenant, Entry: t.Entries.FirstOrDefault(e => e.Object is not null)))
                .Where(t => t.Entry is not null).ToDictionary(t => t.Tenant, t => t.Entry!, StringComparer.Ordinal);
            DateTimeOffset latest = newest.Count == 0 ? report.Now : newest.Values.Max(e => e.StartedAt);
            HashSet<string> behind = [.. listed.Select(t => t.Tenant).Where(t =>
                !newest.TryGetValue(t, out BackupEntry? entry) || latest - entry.StartedAt > Behind)];
            // The server is asked where it matters: whether one is gone, and whether all have a backup where nothing else holds them.
            IReadOnlyCollection<string>? there = behind.Count > 0 || isAll
                ? await AskAsync(lane, cancellationToken).ConfigureAwait(false) : null;
            string[] untold = there is not null ? [] : [.. behind.Where(t => newest.GetValueOrDefault(t)?.IsPinned is not true)];
            string[] present = [.. listed.Select(t => t.Tenant).Where(t => !behind.Contains(t) || there?.Contains(t) is true)];
            List<string> counted = [.. present.Where(newest.ContainsKey)];
            string? oldest = await FindOldestAsync(counted, newest, cancellationToken).ConfigureAwait(false);
            string[] without = [.. present.Except(counted), .. isAll ? (there ?? []).Where(t => listed.All(l => l.Tenant != t)) : []];
            string doubts = (without.Length == 0 ? "" : $" Of tenants that are there, these have no whole one: {Named(without)}.")
                + (untold.Length == 0 ? ""
                    : $" Of {Named(untold)} none was made for {Behind.Days} days, and whether they are gone cannot be told.");
            string remedy = untold.Length > 0
                ? $"Where {Named(untold)} is gone, pin its last backup (Set-OpsBackupPin) or remove its backups; else back it up" : "";
            Tell(counted, oldest, newest, doubts, without, remedy, report);
        }

        private void Tell(List<string> present, string? oldest, Dictionary<string, BackupEntry> newest, string doubts, string[] without,
            string remedy, HealthReport report)
        {
            if (oldest is null)
            {
                if (doubts.Length > 0) report.Said(HealthStatus.Degraded, doubts.TrimStart(), Remedy(without));
                return;
            }
            Limits limits = report.LimitsOf(TenantAge);
            string[] late = [.. present.Where(t => limits.Judge((report.Now - newest[t].StartedAt).TotalSeconds) != HealthStatus.Healthy)
                .OrderBy(t => newest[t].StartedAt)];
            string message = late.Length == 0 ? $"The oldest of {present.Count} is that of {oldest}, {newest[oldest].Id}."
                : $"{late.Length} of {present.Count} tenants have no newer one: {Named(late)}.";
            BackupCheck.Tell(report, TenantAge, report.Now - newest[oldest].StartedAt, message + doubts, Remedy([.. late, .. without]),
                doubts.Length > 0);

            string Remedy(string[] tenants) => string.Join(". ", new[]
            {
                tenants.Length == 0 ? "" : $"Backup-OpsDatabase {database.Name} -Tenant {string.Join(", ", tenants.Take(5))}", remedy,
            }.Where(r => r.Length > 0));
        }

        /// <summary>
        /// The tenant whose newest is the oldest. That one is looked at itself; where it is not whole, the one before counts, and the
        /// order is another. A tenant of which none is whole is taken out.
        /// </summary>
        private async Task<string?> FindOldestAsync(List<string> present, Dictionary<string, BackupEntry> newest, CancellationToken ct)
        {
            while (present.MinBy(t => newest[t].StartedAt) is { } oldest)
            {
                if ((await prober.LookAsync(store, newest[oldest], ct).ConfigureAwait(false)).Damage is null) return oldest;
                BackupEntry? before = listed.First(t => t.Tenant == oldest).Entries.SkipWhile(e => e != newest[oldest]).Skip(1)
                    .FirstOrDefault(e => e.Object is not null);
                if (before is not null) newest[oldest] = before;
                else present.Remove(oldest);
            }
            return null;
        }

        /// <summary>The tenants that have a schema on the server; null when it cannot be asked.</summary>
        private async Task<IReadOnlyCollection<string>?> AskAsync(DatabaseLane lane, CancellationToken cancellationToken)
        {
            if (database.TenantSchema is null) return null;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            try
            {
                await using (lane)
                {
                    await lane.EnterAsync(patience.Token).ConfigureAwait(false);
                    PostgresSession session = await lane.OpenAsync(patience.Token).ConfigureAwait(false);
                    return await TenantSchemas.ListAsync(session.Connection, database, patience.Token).ConfigureAwait(false);
                }
            }
            // How the server is has checks of its own.
            catch (Exception e) when (e is OpsException or NpgsqlException
                || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)) { return null; }
        }

        private static string Named(string[] tenants) => string.Join(", ", tenants.Take(5)) + (tenants.Length > 5 ? " ..." : "");
    }

    /// <summary>What a store's listing tells. What is stamped with a time to come says nothing of how fresh backups are.</summary>
    private sealed class Seen(DateTimeOffset now)
    {
        private readonly List<BackupEntry> _all = [];

        public bool Any { get; private set; }

        /// <summary>The backups of the whole database; null where there are none.</summary>
        public IReadOnlyList<BackupEntry>? Whole { get; private set; }

        public List<(string Tenant, IReadOnlyList<BackupEntry> Entries)> Tenants { get; } = [];

        public List<BackupEntry> Future { get; } = [];

        public List<(BackupGroup Group, BackupEntry Entry)> Lacking { get; } = [];

        public void Add(BackupGroup group)
        {
            Any = true;
            Future.AddRange(group.Entries.Where(e => e.IsFromTheFuture(now)));
            BackupEntry[] entries = [.. group.Entries.Where(e => !e.IsFromTheFuture(now))];
            if (group.Tenant is null) Whole = entries;
            else Tenants.Add((group.Tenant, entries));
            _all.AddRange(entries);
            Lacking.AddRange(group.Entries.Where(e => e.HasLosses).Select(e => (group, e)));
        }

        /// <summary>Those that tell how well the database is backed up, newest first.</summary>
        public IEnumerable<BackupEntry> Counted => Whole is { } whole ? whole : _all.OrderByDescending(e => e.Id, StringComparer.Ordinal);

        public string TellFuture() => Future.Count switch
        {
            0 => "",
            1 => $" The time of {Future[0].Id} lies in the future: a clock was wrong, and it does not count.",
            _ => $" The times of {Future.Count} more, {Future[0].Id} among them, lie in the future: a clock was wrong, and they do not "
                + "count.",
        };
    }
}
