using System.Collections;
using System.Collections.Concurrent;
using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Recovery.Changing;
using OpsModule.Engine.Areas.Retention;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Backups;

/// <summary>
/// <para>Backs up a PostgreSQL database, or single tenants of it, to one or several stores at once.</para>
/// </summary>
/// <remarks>
/// <para>pg_dump runs where the database lives. Its output is digested table by table, compressed on all cores, encrypted when the
/// environment has recipients, hashed and stored in one stream: nothing is spooled to disk and memory stays flat. The manifest is
/// written last; until it exists there is no backup. A store that fails and a tenant that is unknown are reported while the others go on.</para>
/// </remarks>
/// <example>
/// <code>Backup-OpsDatabase main</code>
/// <para>Backs up the whole database named main in the environment file, to all stores.</para>
/// </example>
/// <example>
/// <code>Backup-OpsDatabase main -Tenant demo,acme -Store offsite</code>
/// <para>Backs up two tenants' schemas, each as a backup of its own, to the store named offsite.</para>
/// </example>
/// <example>
/// <code>Get-OpsEnvironment /srv/shop | Backup-OpsDatabase</code>
/// <para>Backs up every database of one environment.</para>
/// </example>
/// <example>
/// <code>Backup-OpsDatabase main -Tenant * | Test-OpsBackup -Level Structure</code>
/// <para>Backs up every tenant and reads each backup back to its last row.</para>
/// </example>
[Cmdlet(VerbsData.Backup, "OpsDatabase", SupportsShouldProcess = true, DefaultParameterSetName = nameof(Store))]
[OutputType(typeof(BackupRecord), typeof(ChangePlan))]
public sealed class BackupOpsDatabaseCommand : OpsDatabaseCmdlet, ICredentialCmdlet, IPlanFileCmdlet
{
    /// <summary>Tenants to back up, each as its own backup, with wildcards; * for all of them. Without it the whole database is backed up.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [AllowNull, AllowEmptyCollection]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string[]? Tenant { get; set; }

    /// <summary>Names of the stores to write to, with wildcards; all of the environment's when left out.</summary>
    [Parameter(ParameterSetName = nameof(Store))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>
    /// Writes to these folders, or s3://bucket/prefix, in place of -Store: stores that need not stand in the environment file.
    /// A bucket is reached with the keys of a store of the environment that has the same one, else with AWS's own.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Path))]
    [ValidateNotNullOrEmpty]
    [StorePath]
    public string[]? Path { get; set; }

    /// <summary>How to compress. Auto takes zstd where libzstd is installed, else gzip.</summary>
    [Parameter]
    public Compression Compression { get; set; } = Compression.Auto;

    /// <summary>Labels that the backup carries, for example @{ticket='CHG-12'}.</summary>
    [Parameter]
    public Hashtable? Label { get; set; }

    /// <summary>How many tenants of a database are backed up at once: 4 unless told. Each takes two connections to the server and a process here or there.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 4;

    /// <summary>
    /// Logs in to the environment's databases as this user, with this password, in this call only, in place of what the environment file says: Get-Credential,
    /// or what Get-Secret gives. The password is shown nowhere, is in no program's arguments and not in the journal.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        await base.BeginAsync(cancellationToken).ConfigureAwait(false);
        CheckTenants(Tenant, IsBound(nameof(Tenant)));
    }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(async () =>
    {
        CheckPiped(nameof(Name));
        // Of a piped environment all databases are meant; a call that names none means the only one.
        string?[] names = DatabaseNames is { } written ? [.. DatabaseServers.FindNames(Context.Environment, written, Fail)]
            : IsEnvironment && Context.Environment.Databases.Count > 0 ? [.. Context.Environment.Databases.Keys] : [null];
        foreach (string? name in names) await BackUpAsync(name, cancellationToken).ConfigureAwait(false);
    });

    private async Task BackUpAsync(string? name, CancellationToken cancellationToken)
    {
        var request = new BackupRequest
        {
            Name = name,
            Tenants = [.. (Tenant ?? []).Where(t => !string.IsNullOrEmpty(t))],
            Stores = StorePathAttribute.Meant(Store, Path) ?? [],
            Compression = Compression,
            Labels = Label is null ? new Dictionary<string, string>() : Label.Cast<DictionaryEntry>().ToDictionary(e => e.Key.ToString()!, e => e.Value?.ToString() ?? ""),
        };
        await AttemptAsync(async () =>
        {
            string database = DatabaseServers.FindSettings(Context.Environment, name).Name;
            // What cannot even be planned must not be missed because no backup of it began.
            IReadOnlyList<ObservedJob> jobs = ObservedJob.Each(AlertKind.Backup, [database], request.Tenants);
            var agreed = new List<ChangePlan>();
            foreach (ChangePlan plan in await ObserveBeginningAsync(jobs, () => new BackupPlanner(Context).PlanAsync(request, Fail, cancellationToken),
                plans => plans.Select(p => JobOf(p).Target)).ConfigureAwait(false))
                if (await AskAsync(plan).ConfigureAwait(false)) agreed.Add(plan);
            await RunAllAsync(agreed, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private static ObservedJob JobOf(ChangePlan plan) => DatabaseJobs.Of(plan.Action, plan.Target)!;

    private async Task RunAllAsync(List<ChangePlan> plans, CancellationToken cancellationToken)
    {
        OpsContext context = Context;
        var running = new SideBySide(ThrottleLimit);
        var made = new ConcurrentQueue<BackupRecord>();
        try
        {
            foreach (ChangePlan plan in plans)
                await running.StartAsync(number => AttemptAsync(() =>
                    RunAsync(SideBySide.Apart(context, number), plan, made, cancellationToken)), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // However it ends: what runs is waited for.
            await running.WhenAllAsync().ConfigureAwait(false);
        }
        if (!context.Environment.Backups.RetentionAfterBackup) return;
        // One after another: the rules of a store are applied by one at a time. They are for the stores of the environment.
        foreach (BackupRecord record in made.Where(m => !UnnamedStore.IsLocation(m.Store)))
            await AttemptAsync(() => RetainAsync(record, cancellationToken)).ConfigureAwait(false);
    }

    private async Task RunAsync(OpsContext context, ChangePlan plan, ConcurrentQueue<BackupRecord> all, CancellationToken cancellationToken)
    {
        var failed = new List<OpsException>();
        IReadOnlyList<BackupRecord> made = await ObserveAsync(JobOf(plan), async () =>
        {
            var outcome = (BackupOutcome)(await new ChangeRunner(context).RunAsync(plan, cancellationToken).ConfigureAwait(false))!.Value!;
            failed.AddRange(outcome.Failures);
            return outcome.Records;
        }, failed).ConfigureAwait(false);
        foreach (BackupRecord record in made)
        {
            all.Enqueue(record);
            Emit(record);
        }
    }

    /// <summary>What the environment file says goes after each backup. A failure is told, and the backup is as good as before.</summary>
    private async Task RetainAsync(BackupRecord made, CancellationToken cancellationToken)
    {
        var query = new BackupQuery { Name = made.Name, Tenants = made.Tenant is { } tenant ? [tenant] : [] };
        IReadOnlyList<RetentionDecision> decisions = await new RetentionService(Context).ApplyAsync(made.Store, query, trustClock: false,
            static _ => Task.FromResult(true), cancellationToken).ConfigureAwait(false) ?? [];
        Verbose($"Retention in store {made.Store}: {decisions.Count(d => d.Outcome == RetentionOutcome.Removed)} of {decisions.Count} backups of {ObservedJob.Of(made.Name, made.Tenant)} removed.");
        foreach (RetentionDecision left in decisions.Where(d => d.Outcome == RetentionOutcome.NotRemoved)) Warning($"{left.Id} in store {left.Store} was to go and is still there: {left.Reason}");
    }
}
