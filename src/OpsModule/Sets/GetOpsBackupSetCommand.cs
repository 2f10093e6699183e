using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Procedures.Sets;
using OpsModule.Foundations.Names;

namespace OpsModule.Sets;

/// <summary>
/// <para>Lists sets of backups: what Backup-OpsEnvironment has made as one.</para>
/// </summary>
/// <remarks>
/// <para>A set exists when its manifest exists, which is written when all of its backups are in the store. One whose backups have been
/// removed since, by retention for example, is not complete, and Missing says what it lacks.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackupSet -Latest | Assert-OpsResult</code>
/// <para>The newest set of each store; an error when one is not complete.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsBackupSet")]
[OutputType(typeof(BackupSetRecord))]
public sealed class GetOpsBackupSetCommand : OpsEnvironmentCmdlet
{
    /// <summary>Ids of sets, with wildcards; all by default.</summary>
    [Parameter(Position = 0)]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SetCompleter))]
    public string[]? Set { get; set; }

    /// <summary>Only these stores, with wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>Only the newest of each store.</summary>
    [Parameter]
    public SwitchParameter Latest { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        bool answered = true;
        foreach (string store in new BackupCatalog(Context).CheckStores(Store, Fail))
        {
            bool isListed = false;
            await AttemptAsync(async () =>
            {
                await foreach (BackupSetRecord set in new BackupSetCatalog(Context).ListAsync([store], Set,
                    cancellationToken).ConfigureAwait(false))
                {
                    found.Add(set.Id);
                    Emit(set);
                    if (Latest) break;
                }
                isListed = true;
            }).ConfigureAwait(false);
            answered &= isListed;
        }
        if (!answered) return;
        foreach (string written in Set ?? [])
            if (!found.Any(id => NamePattern.IsMatch(written, id)))
                Fail(NamePattern.HasWildcard(written) ? NamePattern.Nothing(written, found, "set") : SetErrors.NotFound.Make(
                    $"No store of environment {Context.Environment.Name} has a set {written}.",
                        "List what there is with Get-OpsBackupSet.", written));
    }
}
