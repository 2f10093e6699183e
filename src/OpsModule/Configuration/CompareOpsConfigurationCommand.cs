using System.Management.Automation;
using OpsModule.Backups;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Configuration.Changing;
using OpsModule.Engine.Areas.Configuration.Comparing;
using OpsModule.Foundations.Errors;

namespace OpsModule.Configuration;

/// <summary>
/// <para>Shows in what the configuration differs from a backup, or two backups from one another: files, lines, modes, owners.</para>
/// </summary>
/// <remarks>
/// <para>Diff holds the lines as a unified diff. Secrets in it are masked: what looks random has a fingerprint, so that a change of it is
/// seen; what could be guessed has none, and where only such a value has changed, IsHidden is true. What differs is known from the
/// manifest alone; without the age identity no lines are shown.</para>
/// </remarks>
/// <example>
/// <code>Compare-OpsConfiguration</code>
/// <para>What has changed since the newest backup.</para>
/// </example>
/// <example>
/// <code>Compare-OpsConfiguration | Where-Object Path -like '*.env' | Select-Object -ExpandProperty Diff</code>
/// <para>The lines that differ in env files.</para>
/// </example>
/// <example>
/// <code>Compare-OpsConfiguration 20261121T020000Z-1f3a9c -With 20261122T020000Z-77ab01</code>
/// <para>Two backups.</para>
/// </example>
[Cmdlet(VerbsData.Compare, "OpsConfiguration")]
[OutputType(typeof(ConfigurationDifference))]
public sealed class CompareOpsConfigurationCommand : OpsEnvironmentCmdlet
{
    /// <summary>The backup: a record from Get-OpsBackup, a passed result of Test-OpsBackup, or an id, with wildcards. The newest by
    /// default.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public object[]? Backup { get; set; }

    /// <summary>The other backup; what is live by default.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public object? With { get; set; }

    /// <summary>Only backups in these stores, with wildcards.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(async () =>
    {
        IReadOnlyList<string> stores = new BackupCatalog(Context).CheckStores(Store, Fail);
        BackupRecord? other = With is null ? null : await OneAsync(With, stores, cancellationToken).ConfigureAwait(false);
        if (Backup is null || IsEnvironment)
            await CompareAsync(await new ConfigurationBackupPlanner(Context).FindNewestAsync(stores,
                cancellationToken).ConfigureAwait(false), other,
                cancellationToken).ConfigureAwait(false);
        else
            foreach (object given in Backup)
                await AttemptAllAsync(() => Argument().ReadAsync(given, stores, cancellationToken), backup => CompareAsync(backup, other,
                    cancellationToken)).ConfigureAwait(false);
    });

    private BackupArgument Argument() => new(Context, Fail) { Kinds = [BackupKind.Configuration] };

    private async Task<BackupRecord> OneAsync(object given, IReadOnlyList<string> stores, CancellationToken cancellationToken) =>
        await Argument().ReadAsync(given, stores, cancellationToken).ConfigureAwait(false) switch
        {
            [var only] => only,
            var several => throw new OpsException("NameAmbiguous", OpsErrorCategory.InvalidArgument,
                $"-With fits {several.Count} backups, and one was expected.",
                "Write its whole id.", With),
        };

    private async Task CompareAsync(BackupRecord backup, BackupRecord? other, CancellationToken cancellationToken)
    {
        foreach (ConfigurationDifference found in await new ConfigurationComparer(Context).CompareAsync(backup, other, cancellationToken)
            .ConfigureAwait(false)) Emit(found);
    }
}
