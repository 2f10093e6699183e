using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Recovery;

/// <summary>Restores backups: one tenant while the service runs, or a whole database.</summary>
public sealed class RestoreService(OpsContext context)
{
    /// <summary>The cmdlet's name in journal and locks.</summary>
    public const string Action = "Restore-OpsDatabase";

    /// <summary>The name of the cmdlet that puts back what was replaced.</summary>
    public const string UndoAction = "Undo-OpsRestore";

    /// <summary>What a restore would do, in words, for the question before it.</summary>
    public static RestoreSummary Summarize(RestoreRequest request)
    {
        string from = $"backup {request.Backup.Id} of {request.Backup.StartedAt:u} ({SizeText.Show(request.Backup.SourceBytes)})";
        if (TenantOf(request) is { } tenant)
            return new RestoreSummary($"tenant {tenant} of database {request.DatabaseName}",
                $"Replace its schema by that of {from}; the service goes on running, and what is replaced is kept under a dated name");
        return request.As is { } other
            ? new RestoreSummary($"database {other}", $"Make it from {from}, beside database {request.DatabaseName}")
            : new RestoreSummary($"database {request.DatabaseName}",
                $"Replace it by {from}; its sessions are ended at the switch, and what is replaced is kept under a dated name");
    }

    /// <summary>
    /// The tenants that are meant of a backup, by names that may have wildcards. A name without them that the backup does not seem to have passes:
    /// the archive itself says more when it is read.
    /// </summary>
    /// <param name="backup">The backup.</param>
    /// <param name="database">The database that it is restored into.</param>
    /// <param name="written">The names as they were written.</param>
    /// <param name="fail">Told of each pattern that no tenant fits.</param>
    public static IReadOnlyList<string> ChooseTenants(BackupRecord backup, DatabaseSettings database, IReadOnlyList<string> written, Action<OpsException> fail)
    {
        string[] known = backup.Tenant is { } only ? [only]
            : database.TenantSchema is null ? [] : [.. backup.Tables.Select(t => t.Schema).Distinct().Select(s => TenantSchemas.TenantOf(database, s)).OfType<string>()];
        return NamePattern.ChooseOrTake(written, known, $"tenant in backup {backup.Id}", fail);
    }

    /// <summary>Looks at the backup and the server and refuses what could not be restored; changes nothing.</summary>
    /// <exception cref="OpsException">What was found (<c>RolesMissing</c>, <c>ExtensionsMissing</c>, <c>OutsideReferences</c> ...),
    /// <c>UnfinishedRestore</c>, <c>AsNeedsWholeDatabase</c>.</exception>
    public Task CheckAsync(RestoreRequest request, CancellationToken cancellationToken) => GuardAsync(request, async () =>
    {
        if (TenantOf(request) is { } tenant) await new TenantRestore(context, request, tenant).CheckAsync(cancellationToken).ConfigureAwait(false);
        else await new DatabaseRestore(context, request).CheckAsync(cancellationToken).ConfigureAwait(false);
        return true;
    });

    /// <summary>Looks at the backup and the live data and says what would change; changes nothing.</summary>
    public Task<RestorePlan> PlanAsync(RestoreRequest request, CancellationToken cancellationToken) => GuardAsync(request, () => TenantOf(request) is { } tenant
        ? new TenantRestore(context, request, tenant).PlanAsync(cancellationToken)
        : new DatabaseRestore(context, request).PlanAsync(cancellationToken));

    /// <summary>Restores.</summary>
    /// <exception cref="OpsException">What <see cref="CheckAsync"/> finds,
    /// <c>RestoreMismatch</c>, <c>SwitchBlocked</c>, <c>TargetLocked</c>.</exception>
    public Task<RestoreRecord> RunAsync(RestoreRequest request, CancellationToken cancellationToken) => GuardAsync(request, () => TenantOf(request) is { } tenant
        ? new TenantRestore(context, request, tenant).RunAsync(cancellationToken)
        : new DatabaseRestore(context, request).RunAsync(cancellationToken));

    /// <summary>The unfinished restores of a database or tenant, oldest first, as far as the journal tells.</summary>
    /// <exception cref="OpsException"><c>NothingUnfinished</c>, <c>DatabaseUnknown</c>, <c>TenantsUnknown</c>.</exception>
    public IReadOnlyList<UnfinishedChange> FindUnfinished(string? name, string? tenant)
    {
        DatabaseSettings settings = DatabaseServers.FindSettings(context.Environment, name);
        if (tenant is not null) TenantSchemas.SchemaOf(settings, tenant);
        string target = RestoreNames.Target(settings.Name, tenant);
        UnfinishedChange[] found = [.. UnfinishedRestores.Of(context, target)];
        return found.Length > 0 ? found : throw UnfinishedRestores.Nothing(context, target);
    }

    /// <summary>Brings an unfinished restore to its end, from where it can: the switch, or the beginning.</summary>
    /// <exception cref="OpsException"><c>NothingUnfinished</c>.</exception>
    public Task<RestoreRecord> ResumeAsync(string? name, string? tenant, TimeSpan switchTimeout, CancellationToken cancellationToken) =>
        RestoreErrors.TranslateAsync("Resuming the restore", name, () => GoOnAsync(name, tenant, switchTimeout, cancellationToken));

    private async Task<RestoreRecord> GoOnAsync(string? name, string? tenant, TimeSpan switchTimeout, CancellationToken cancellationToken)
    {
        PostgresServer server = await DatabaseServers.ResolveAsync(context, name, cancellationToken).ConfigureAwait(false);
        string target = RestoreNames.Target(server.Settings.Name, tenant);
        UnfinishedChange? again;
        using (context.Locks.Acquire(target, Action))
        {
            await using IKeeper keeper = await IKeeper.OpenAsync(context, server, KindOf(tenant), tenant, cancellationToken).ConfigureAwait(false);
            (RestoreRecord? record, again) = await new UnfinishedRestores(context).ResumeAsync(keeper, target, switchTimeout, cancellationToken).ConfigureAwait(false);
            if (record is not null) return record;
        }
        string backup = again!.Data.GetValueOrDefault("backup") ?? throw UnfinishedRestores.Nothing(context, target);
        string[] stores = again.Data.GetValueOrDefault("store") is { Length: > 0 } store ? [store] : [.. context.Environment.Backups.Stores.Keys];
        var request = new RestoreRequest
        {
            Backup = await new BackupCatalog(context).FindAsync(backup, stores, cancellationToken).ConfigureAwait(false),
            Name = server.Settings.Name,
            Tenant = tenant,
            As = again.Data.GetValueOrDefault("as") is { Length: > 0 } other ? other : null,
            SwitchTimeout = switchTimeout,
            AllowIncomplete = again.Data.GetValueOrDefault("allowIncomplete") == "true",
            NoTablespaces = again.Data.GetValueOrDefault("noTablespaces") == "true",
        };
        return await RunAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes what unfinished restores left; returns how many there were.</summary>
    /// <exception cref="OpsException"><c>NothingUnfinished</c>.</exception>
    public Task<int> UndoUnfinishedAsync(string? name, string? tenant, CancellationToken cancellationToken) => RestoreErrors.TranslateAsync("Undoing the restore", name, async () =>
    {
        PostgresServer server = await DatabaseServers.ResolveAsync(context, name, cancellationToken).ConfigureAwait(false);
        string target = RestoreNames.Target(server.Settings.Name, tenant);
        using IDisposable hold = context.Locks.Acquire(target, Action);
        await using IKeeper keeper = await IKeeper.OpenAsync(context, server, KindOf(tenant), tenant, cancellationToken).ConfigureAwait(false);
        return await new UnfinishedRestores(context).UndoAsync(keeper, target, cancellationToken).ConfigureAwait(false);
    });

    private static RestoreKind KindOf(string? tenant) => tenant is null ? RestoreKind.Database : RestoreKind.Schema;

    private static async Task<T> GuardAsync<T>(RestoreRequest request, Func<Task<T>> body) =>
        await RestoreErrors.TranslateAsync($"Restoring {Summarize(request).Target}", request.Backup.Id, body).ConfigureAwait(false);

    private static string? TenantOf(RestoreRequest request)
    {
        string? tenant = request.Tenant ?? request.Backup.Tenant;
        return tenant is null || request.As is null ? tenant : throw new OpsException("AsNeedsWholeDatabase", OpsErrorCategory.InvalidArgument,
            $"-As {request.As} makes a whole database, and what would be restored is only the tenant {tenant}" + (request.Tenant is null ? $": backup {request.Backup.Id} holds no more." : "."),
            "Leave out -As: a tenant is restored into its database, and what is replaced is kept there. Or name a backup of the whole database, without -Tenant.", request.Backup.Id);
    }
}

/// <summary>A restore in words.</summary>
/// <param name="Target">What would be changed.</param>
/// <param name="Action">What would be done to it.</param>
public sealed record RestoreSummary(string Target, string Action);
