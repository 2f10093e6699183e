using System.Management.Automation;
using OpsModule.Backups;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Caches;
using OpsModule.Engine.Areas.Caches.Measuring;

namespace OpsModule.Caches;

/// <summary>
/// <para>Tells what is in a backup of a cache, or in an RDB file: keys by database, type and prefix, the largest ones, and what expires. No
/// server is asked.</para>
/// </summary>
/// <remarks>
/// <para>The RDB is read once from its first byte to its checksum, and nothing of it is loaded, so memory stays flat whatever its size.
/// Sizes are those in the RDB; in a server's memory keys take more.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackup main -Kind Cache -Latest | Measure-OpsCache | Select-Object -ExpandProperty Prefixes -First 10</code>
/// <para>Shows which prefixes take the most.</para>
/// </example>
/// <example>
/// <code>Measure-OpsCache -Path /var/lib/redis/dump.rdb -Depth 2</code>
/// <para>Analyses a file of a server, by the first two parts of the names: t:demo:.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Measure, "OpsCache", DefaultParameterSetName = nameof(Backup))]
[OutputType(typeof(CacheReport))]
public sealed class MeasureOpsCacheCommand : OpsEnvironmentCmdlet
{
    /// <summary>The backup: a record from Get-OpsBackup, or an id, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = nameof(Backup))]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public object[]? Backup { get; set; }

    /// <summary>Files that a server has written (dump.rdb, the base file of an append-only folder), with wildcards.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(Path))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    public string[]? Path { get; set; }

    /// <summary>The files, whose names are taken as they are: no character is a wildcard.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(LiteralPath))]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true, Literal = true)]
    public string[]? LiteralPath { get; set; }

    /// <summary>How many parts of a name, divided by colons, make its prefix: 1 unless told.</summary>
    [Parameter]
    [ValidateRange(1, 10)]
    public int Depth { get; set; } = 1;

    /// <summary>How many of the largest keys are told: 20 unless told.</summary>
    [Parameter]
    [ValidateRange(0, 10000)]
    public int Largest { get; set; } = 20;

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (string file in ProviderPaths.Expand(Path ?? LiteralPath))
            await AttemptAsync(async () => Emit(await CacheAnalyst.MeasureAsync(file, TimeProvider.System, Depth, Largest,
                cancellationToken).ConfigureAwait(false)))
                .ConfigureAwait(false);
        foreach (object given in Backup ?? [])
            await AttemptAllAsync(() => new BackupArgument(Context, Fail) { Kinds = [BackupKind.Cache] }.ReadAsync(given, null,
                cancellationToken), async backup =>
                Emit(await CacheAnalyst.MeasureAsync(Context, backup, Depth, Largest, cancellationToken)
                    .ConfigureAwait(false))).ConfigureAwait(false);
    }
}
