using System.Management.Automation;
using OpsModule.Backups;
using OpsModule.Completion;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Errors;

namespace OpsModule.Recovery;

/// <summary>
/// <para>Proves that a backup can be restored, by restoring it into a PostgreSQL of its own.</para>
/// </summary>
/// <remarks>
/// <para>Starts a temporary server in a private folder, reachable by no one else, restores the backup, compares every table's rows and digest
/// with the manifest, asks the assertions under drill: in the environment file, and removes everything on every exit. A backup that passes
/// counts as verified, one that fails no longer does. The live database is not touched. A drill that fails is an error, too, so that a script
/// ends with a code other than 0.</para>
/// <para>Where PostgreSQL's server programs are not installed, the server runs in a container of the image that the database's own service has.
/// A query with {schema} in it is asked of tenants' backups, one without of whole databases; what was not asked is listed under Notes.</para>
/// <para>A backup brings code along that runs when it is restored. So nothing of it runs as superuser, and the server has no network and no file,
/// variable or process of this machine, as RanAs says; where that cannot be kept from it there is the warning DrillNotIsolated. What only a
/// superuser may make, such as event triggers, is left out and listed under Notes as not proven.</para>
/// </remarks>
/// <example>
/// <para>Says what would be restored, and where, and starts nothing.</para>
/// <code>Invoke-OpsRecoveryDrill -Latest -Tenant * -WhatIf</code>
/// </example>
/// <example>
/// <code>Invoke-OpsRecoveryDrill -Name main -Latest</code>
/// <para>Drills the newest backup of a whole database.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup -Path /mnt/usb | Invoke-OpsRecoveryDrill</code>
/// <para>Drills the backups on a disk that does not stand in the environment file.</para>
/// </example>
/// <example>
/// <code>Get-OpsBackup -Tenant * -Latest | Invoke-OpsRecoveryDrill | Where-Object Passed -eq $false</code>
/// <para>Drills the newest backup of each tenant and shows those that failed.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "OpsRecoveryDrill", SupportsShouldProcess = true, DefaultParameterSetName = "Backup")]
[OutputType(typeof(DrillResult))]
public sealed class InvokeOpsRecoveryDrillCommand : OpsEnvironmentCmdlet
{
    private SideBySide? _running;

    /// <summary>The backup: a record from Get-OpsBackup, a passed result of Test-OpsBackup, or an id, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Backup")]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public object[] Backup { get; set; } = null!;

    /// <summary>Drills the newest backup of each database (of its whole, or of the tenants named), from the first store that has any.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Latest")]
    public SwitchParameter Latest { get; set; }

    /// <summary>Only backups of these databases, by their names in the environment file, with wildcards.</summary>
    [Parameter(ParameterSetName = "Latest")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseCompleter))]
    public string[]? Name { get; set; }

    /// <summary>Backups of these tenants instead of whole databases, with wildcards; * for all tenants.</summary>
    [Parameter(ParameterSetName = "Latest")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string[]? Tenant { get; set; }

    /// <summary>Looks for backups only in these stores, with wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>
    /// Looks for backups only in these folders, or s3://bucket/prefix, in place of -Store: stores that need not stand in the environment file.
    /// A bucket is reached with the keys of a store of the environment that has the same one, else with AWS's own.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [StorePath]
    public string[]? Path { get; set; }

    /// <summary>
    /// Passes a backup although objects without rows of their own cannot be made, and lists them under Notes. Without this switch each is a failure, as
    /// Restore-OpsDatabase would need its own -AllowIncomplete.
    /// </summary>
    [Parameter]
    public SwitchParameter AllowIncomplete { get; set; }

    /// <summary>How many drills run at once: 1 unless told, because each starts a PostgreSQL server of its own and restores the whole backup into it. Drills of piped backups count, too.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 1;

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string>? stores = StorePathAttribute.Meant(Store, Path) is { } meant
            ? new BackupCatalog(Context).CheckStores(meant, Fail) : null;
        if (Latest) await AttemptAllAsync(() => LatestAsync(stores, cancellationToken), backup => StartAsync(backup, cancellationToken)).ConfigureAwait(false);
        else foreach (object given in Backup) await AttemptAllAsync(() => GivenAsync(given, stores, cancellationToken), backup => StartAsync(backup, cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override Task EndAsync(CancellationToken cancellationToken) => _running?.WhenAllAsync() ?? Task.CompletedTask;

    /// <inheritdoc/>
    protected override async Task SettleAsync()
    {
        // A pipeline that breaks off leaves no server behind.
        if (_running is not null) await _running.WhenAllAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.SettleAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Cancel();
        base.Dispose(disposing);
    }

    private async Task StartAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        var drill = new RecoveryDrill(Context) { AllowIncomplete = AllowIncomplete };
        string what = $"backup {backup.Id} of {ObservedJob.Of(backup.Name, backup.Tenant)} in store {backup.Store}";
        if (!await ShouldProcessAsync(what, await drill.DescribeAsync(backup, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false)) return;
        if (ThrottleLimit == 1)
        {
            await DrillAsync(Context, Outcomes, backup, cancellationToken).ConfigureAwait(false);
            return;
        }
        // The next object of the pipeline may be of another environment.
        (OpsContext context, OutcomeReporter outcomes) = (Context, Outcomes);
        _running ??= new SideBySide(ThrottleLimit);
        await _running.StartAsync(number => AttemptAsync(() => DrillAsync(SideBySide.Apart(context, number), outcomes, backup, cancellationToken)), cancellationToken).ConfigureAwait(false);
    }

    private Task<IReadOnlyList<BackupRecord>> GivenAsync(object given, IReadOnlyList<string>? stores, CancellationToken cancellationToken)
    {
        // Of an id alone nobody can say which database it is of before it is found.
        ObservedJob[] jobs = BackupArgument.IdOf(given) is { } id ? [new(AlertKind.Drill, $"backup {id}") { OnlyResolves = true, Series = "" }] : [];
        return ObserveBeginningAsync(jobs,
            () => new BackupArgument(Context, Fail) { Kinds = [BackupKind.Database] }.ReadAsync(given, stores, cancellationToken));
    }

    private async Task<IReadOnlyList<BackupRecord>> LatestAsync(IReadOnlyList<string>? stores, CancellationToken cancellationToken)
    {
        // That there is nothing to drill must be heard of, too. A slip in a name is told by the search, and to nobody else.
        IReadOnlyList<string> databases = Name is null ? [.. Context.Environment.Databases.Keys] : DatabaseServers.FindNames(Context.Environment, Name, _ => { });
        IReadOnlyList<ObservedJob> jobs = ObservedJob.Each(AlertKind.Drill, databases, Tenant ?? []);
        return await ObserveBeginningAsync(jobs, () => FindAsync(stores, cancellationToken), found =>
        {
            string[] targets = [.. found.Select(b => ObservedJob.Of(b.Name, b.Tenant))];
            // What has no backup is not well; only what was named in another case begins under another name.
            return targets.Concat(jobs.Select(j => j.Target).Where(t => !targets.Contains(t, StringComparer.OrdinalIgnoreCase)));
        }).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<BackupRecord>> FindAsync(IReadOnlyList<string>? stores, CancellationToken cancellationToken)
    {
        var newest = new Dictionary<(string, string?), BackupRecord>();
        var failed = new List<OpsException>();
        await new BackupFinder(Context).FindAsync(new BackupQuery { Names = Name, Tenants = Tenant ?? [], Stores = stores, Latest = true }, backup =>
        {
            (string, string?) what = (backup.Name, backup.Tenant);
            if (!newest.TryGetValue(what, out BackupRecord? other) || string.CompareOrdinal(backup.Id, other.Id) > 0) newest[what] = backup;
        }, failed.Add, cancellationToken).ConfigureAwait(false);
        foreach (OpsException error in newest.Count == 0 ? failed.SkipLast(1) : failed) Fail(error);
        // What was named and has no backup is told; what nobody has misspelt is missing.
        if (newest.Count > 0) return [.. newest.Values];
        throw failed.Count > 0 ? failed[^1] : new OpsException("BackupNotFound", OpsErrorCategory.ResourceUnavailable,
            "No store has a backup to drill" + (Name is null ? "" : $" of database {string.Join(", ", Name)}") + (Tenant is null ? "" : $", tenant {string.Join(", ", Tenant)}") + ".",
            "Make one with Backup-OpsDatabase, or list what there is with Get-OpsBackup.", Name);
    }

    private async Task DrillAsync(OpsContext context, OutcomeReporter outcomes, BackupRecord backup, CancellationToken cancellationToken)
    {
        var job = new ObservedJob(AlertKind.Drill, ObservedJob.Of(backup.Name, backup.Tenant));
        DrillResult result = await outcomes.RunAsync(job, () => new RecoveryDrill(context) { AllowIncomplete = AllowIncomplete }.RunAsync(backup, cancellationToken)).ConfigureAwait(false);
        Emit(result);
        if (!result.Passed)
            throw new OpsException("DrillFailed", OpsErrorCategory.InvalidData, $"Backup {backup.Id} did not pass its drill: {string.Join("; ", result.Failures.Take(5).Select(f => f.TrimEnd('.')))}.",
                "Do not rely on this backup: make another one and drill it.", backup);
    }
}
