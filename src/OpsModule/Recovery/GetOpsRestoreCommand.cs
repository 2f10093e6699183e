using System.Management.Automation;
using OpsModule.Engine;
using OpsModule.Engine.Recovery;

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
public sealed class GetOpsRestoreCommand : OpsEnvironmentCmdlet, ICredentialCmdlet
{
    /// <summary>Only what is kept of these databases, by their names in the environment file.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>Only what is kept of these tenants.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Tenant { get; set; }

    /// <summary>Only restores in this state: Replaced (can be undone) or Staged (never switched in).</summary>
    [Parameter]
    [ValidateSet("Staged", "Replaced")]
    public string? State { get; set; }

    /// <summary>Only restores made before this time, or longer ago than this: 30d, 12h, 2w.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Before { get; set; }

    /// <summary>
    /// Logs in to the environment's databases as this user, with this password, in this call only, in place of what the environment file says: Get-Credential,
    /// or what Get-Secret gives. The password is shown nowhere, is in no program's arguments and not in the journal.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var catalog = new RestoreCatalog(Context);
        string[] names = Name ?? [.. Context.Environment.Databases.Keys];
        var kept = new List<RestoreRecord>();
        int listed = 0;
        // A database that is unknown or not reached is one failed item; the others are listed all the same.
        foreach (string name in names)
            await AttemptAsync(async () =>
            {
                kept.AddRange(await catalog.ListAsync([name], cancellationToken).ConfigureAwait(false));
                listed++;
            }).ConfigureAwait(false);
        // Of what was not seen nobody can say that it is not there.
        if (listed == names.Length)
            foreach (OpsException unknown in await catalog.ExplainAsync(Name, Tenant ?? [], kept, cancellationToken).ConfigureAwait(false)) Fail(unknown);
        foreach (RestoreRecord restore in kept)
        {
            if (Tenant is not null && !Tenant.Contains(restore.Tenant)) continue;
            if (State is not null && !restore.State.ToString().Equals(State, StringComparison.OrdinalIgnoreCase)) continue;
            if (restore.RestoredAt >= Before) continue;
            Emit(restore);
        }
    }
}
