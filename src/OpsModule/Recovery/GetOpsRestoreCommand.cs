using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Foundations.Errors;

namespace OpsModule.Recovery;

/// <summary>
/// <para>Lists what restores keep on the servers: replaced schemas and databases that can be put back, and what interrupted runs left.</para>
/// </summary>
/// <example>
/// <code>Get-OpsRestore</code>
/// <para>Shows what is kept of all databases of the environment, with sizes.</para>
/// </example>
/// <example>
/// <code>Get-OpsRestore -State Staged | Remove-OpsRestore</code>
/// <para>Clears away what interrupted restores left.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsRestore")]
[OutputType(typeof(RestoreRecord))]
public sealed class GetOpsRestoreCommand : OpsDatabaseCmdlet, ICredentialCmdlet
{
    /// <summary>Only what is kept of these tenants, with wildcards. A tenant's name is found in another case when there is no other that differs from it only in its case.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull, AllowEmptyCollection]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string[]? Tenant { get; set; }

    /// <summary>Only restores in this state: Replaced (can be undone) or Staged (never switched in).</summary>
    [Parameter]
    [ValidateSet("Staged", "Replaced")]
    public string? State { get; set; }

    /// <summary>Only restores made before this time, or longer ago than this: 30d, 12h, 2w.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Before { get; set; }

    /// <summary>Only the restores of these ids, or names of what is kept, with wildcards; of a backup that is piped in, the restores of it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RestoreCompleter))]
    public string[]? Id { get; set; }

    /// <summary>
    /// Logs in to the environment's databases as this user, with this password, in this call only, in place of what the environment file says: Get-Credential,
    /// or what Get-Secret gives. The password is shown nowhere, is in no program's arguments and not in the journal.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [Credential]
    public PSCredential? Credential { get; set; }

    private IReadOnlyList<string>? Ids => Piped is string text && IsId(text) ? [text] : Id;

    private bool IsBackup => Piped is BackupRecord || PipedObject.Has(InputObject, nameof(BackupRecord.StoredBytes));

    /// <inheritdoc/>
    protected override async Task BeginAsync(CancellationToken cancellationToken)
    {
        await base.BeginAsync(cancellationToken).ConfigureAwait(false);
        CheckTenants(Tenant, IsBound(nameof(Tenant)));
    }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(async () =>
    {
        if (Ids is null) CheckPiped(nameof(Name), nameof(Id), nameof(Tenant));
        var catalog = new RestoreCatalog(Context);
        IReadOnlyList<string>? asked = Name is null && Ids is not null ? null : DatabaseNames;
        IReadOnlyList<string> names = asked is null ? [.. Context.Environment.Databases.Keys] : DatabaseServers.FindNames(Context.Environment, asked, Fail);
        var kept = new List<RestoreRecord>();
        int listed = 0;
        // A database that is not reached is one failed item; the others are listed all the same.
        foreach (string name in names)
            await AttemptAsync(async () =>
            {
                kept.AddRange(await catalog.ListAsync([name], cancellationToken).ConfigureAwait(false));
                listed++;
            }).ConfigureAwait(false);
        // Of what was not seen nobody can say that it is not there.
        Action<OpsException> unknown = listed == names.Count ? Fail : _ => { };
        string[]? written = Tenant?.Where(t => !string.IsNullOrEmpty(t)).ToArray();
        IReadOnlyList<string>? tenants = written is { Length: > 0 } ? await catalog.ChooseTenantsAsync(names, written, kept, unknown, cancellationToken).ConfigureAwait(false) : null;
        bool isWhole = tenants is null && Ids is null && !IsEnvironment && PipedObject.Has(InputObject, nameof(Tenant));
        IReadOnlyList<RestoreRecord> meant = Ids is null ? kept : IsBackup ? [.. kept.Where(r => Ids.Contains(r.BackupId))] : RestoreCatalog.Choose(kept, Ids, unknown);
        foreach (RestoreRecord restore in meant)
        {
            if ((tenants is not null && !(restore.Tenant is { } tenant && tenants.Contains(tenant))) || (isWhole && restore.Tenant is not null)) continue;
            if (State is not null && !restore.State.ToString().Equals(State, StringComparison.OrdinalIgnoreCase)) continue;
            if (restore.RestoredAt >= Before) continue;
            Emit(restore);
        }
    });

    private bool IsId(string text) => (BackupQuery.IsId(text) || text.StartsWith("ops_", StringComparison.Ordinal)) && !Context.Environment.Databases.ContainsKey(text);
}
