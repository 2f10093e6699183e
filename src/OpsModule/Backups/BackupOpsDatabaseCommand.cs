using System.Collections;
using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
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
[Cmdlet(VerbsData.Backup, "OpsDatabase", SupportsShouldProcess = true)]
[OutputType(typeof(BackupRecord))]
public sealed class BackupOpsDatabaseCommand : OpsDatabaseCmdlet, ICredentialCmdlet
{
    /// <summary>Tenants to back up, each as its own backup, with wildcards; * for all of them. Without it the whole database is backed up.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [AllowNull, AllowEmptyCollection]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string[]? Tenant { get; set; }

    /// <summary>Names of the stores to write to, with wildcards; all of the environment's when left out.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

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
            Stores = Store ?? [],
            Compression = Compression,
            Labels = Label is null ? new Dictionary<string, string>() : Label.Cast<DictionaryEntry>().ToDictionary(e => e.Key.ToString()!, e => e.Value?.ToString() ?? ""),
        };
        await AttemptAsync(async () =>
        {
            var backup = new DatabaseBackup(Context);
            string database = DatabaseServers.FindSettings(Context.Environment, name).Name;
            // What cannot even be planned must not be missed because no backup of it began.
            IReadOnlyList<ObservedJob> jobs = ObservedJob.Each(AlertKind.Backup, [database], request.Tenants);
            var agreed = new List<BackupPlan>();
            foreach (BackupPlan plan in await ObserveBeginningAsync(jobs, () => backup.PlanAsync(request, Fail, cancellationToken),
                plans => plans.Select(p => ObservedJob.Of(p.Database.Name, p.Tenant))).ConfigureAwait(false))
            {
                string action = $"Back up with {plan.Compression} to {string.Join(", ", plan.Stores)}";
                if (await ShouldProcessAsync(plan.Description, action).ConfigureAwait(false)) agreed.Add(plan);
            }
            await RunAllAsync(backup, agreed, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    private async Task RunAllAsync(DatabaseBackup backup, List<BackupPlan> plans, CancellationToken cancellationToken)
    {
        OpsContext context = Context;
        var running = new SideBySide(ThrottleLimit);
        try
        {
            foreach (BackupPlan plan in plans)
                await running.StartAsync(number => AttemptAsync(() => RunAsync(backup.In(SideBySide.Apart(context, number)), plan, cancellationToken)), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // However it ends: what runs is waited for.
            await running.WhenAllAsync().ConfigureAwait(false);
        }
    }

    private async Task RunAsync(DatabaseBackup backup, BackupPlan plan, CancellationToken cancellationToken)
    {
        var failed = new List<OpsException>();
        var job = new ObservedJob(AlertKind.Backup, ObservedJob.Of(plan.Database.Name, plan.Tenant));
        foreach (BackupRecord record in await ObserveAsync(job, () => backup.RunAsync(plan, StoreFailed, cancellationToken), failed).ConfigureAwait(false)) Emit(record);

        void StoreFailed(OpsException error)
        {
            lock (failed) failed.Add(error);
            Fail(error);
        }
    }
}
