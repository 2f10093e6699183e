using System.Collections;
using System.Management.Automation;
using OpsModule.Backups;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Configuration.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Configuration;

/// <summary>
/// <para>Backs up the configuration: the environment file, the files that it names, and those under configuration.files.</para>
/// </summary>
/// <remarks>
/// <para>Compose files with their env files, what services are given as secrets and configs, files of proxies and certificates, files that
/// hold secrets, and whatever configuration.files names, as a tar with modes, owners (by number) and links. No link is followed that
/// somebody else could have laid. The record says what was taken and why (Sources), and what was not (LeftOut): sockets, devices, links to
/// what is not in the backup. The age identity, the key of signatures, the state folder and the stores are never in it.</para>
/// <para>A configuration holds secrets: it is encrypted to backups.encryption.recipients, or -Redact takes them out. With neither it is
/// refused.</para>
/// </remarks>
/// <example>
/// <code>Backup-OpsConfiguration -OnlyIfChanged</code>
/// <para>Backs up to all stores, if anything differs from the newest backup; emits the newest one else.</para>
/// </example>
/// <example>
/// <code>Backup-OpsConfiguration -Redact | Select-Object -ExpandProperty Redactions</code>
/// <para>Backs up without secrets, and shows which values were taken out and why.</para>
/// </example>
[Cmdlet(VerbsData.Backup, "OpsConfiguration", SupportsShouldProcess = true, DefaultParameterSetName = nameof(Store))]
[OutputType(typeof(BackupRecord), typeof(ChangePlan))]
public sealed class BackupOpsConfigurationCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>Names of the stores to write to, with wildcards; all of the environment's when left out.</summary>
    [Parameter(Position = 0, ParameterSetName = nameof(Store))]
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

    /// <summary>
    /// Takes secrets out: values that configuration.redact names, whose names say so, that look random, passwords in URLs, private keys. A
    /// fingerprint takes their place, whose key stays in the state folder; values that could be guessed have none. Such a backup restores
    /// only files that held no secret.
    /// </summary>
    [Parameter]
    public SwitchParameter Redact { get; set; }

    /// <summary>Makes none when the newest backup of each store holds what is live; that one is emitted.</summary>
    [Parameter]
    public SwitchParameter OnlyIfChanged { get; set; }

    /// <summary>How to compress. Auto takes zstd where libzstd is installed, else gzip.</summary>
    [Parameter]
    public Compression Compression { get; set; } = Compression.Auto;

    /// <summary>Labels that the backup carries, for example @{ticket='CHG-12'}.</summary>
    [Parameter]
    public Hashtable? Label { get; set; }

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
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(async () =>
    {
        var request = new ConfigurationBackupRequest
        {
            Stores = StorePathAttribute.Meant(Store, Path) ?? [], Compression = Compression, Redact = Redact, OnlyIfChanged = OnlyIfChanged,
            Labels = LabelArgument.Of(Label),
        };
        var job = new ObservedJob(AlertKind.Backup, "configuration files");
        ConfigurationBackupPlan planned = await ObserveBeginningAsync([job], () =>
            new ConfigurationBackupPlanner(Context).PlanAsync(request,
            Fail, cancellationToken), _ => [job.Target]).ConfigureAwait(false);
        if (planned.Plan is not { } plan)
        {
            Verbose($"Nothing has changed since backup {planned.Same[0].Id}; no other one is made.");
            foreach (BackupRecord same in planned.Same) Emit(same);
            return;
        }
        if (!await AskAsync(plan).ConfigureAwait(false)) return;
        var failed = new List<OpsException>();
        IReadOnlyList<BackupRecord> made = await ObserveAsync(job, async () =>
        {
            var outcome = (BackupOutcome)(await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false))!.Value!;
            failed.AddRange(outcome.Failures);
            return outcome.Records;
        }, failed).ConfigureAwait(false);
        foreach (BackupRecord record in made) Emit(record);
    });
}
