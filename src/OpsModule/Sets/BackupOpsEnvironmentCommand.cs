using System.Collections;
using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Configuration;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Procedures.Sets;
using OpsModule.Engine.Procedures.Sets.Planning;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Sets;

/// <summary>
/// <para>Backs up an environment as one set: all databases and the configuration, complete or not at all.</para>
/// </summary>
/// <remarks>
/// <para>Each part is an ordinary backup that carries the set's id in the label ops-set. The set's manifest is written last, into each
/// store that
/// has all of them; until it exists there is no set. Backups of a set that came to nothing stay as backups of their own. Skew says how far
/// apart the moments are that the parts are of. Without encryption the configuration is in it without its secrets.</para>
/// </remarks>
/// <example>
/// <code>Backup-OpsEnvironment | Assert-OpsResult</code>
/// <para>Everything, to all stores.</para>
/// </example>
/// <example>
/// <code>Backup-OpsEnvironment -Store offsite -Label @{ticket='CHG-12'} -WhatIf</code>
/// <para>Shows what would be backed up.</para>
/// </example>
[Cmdlet(VerbsData.Backup, "OpsEnvironment", SupportsShouldProcess = true)]
[OutputType(typeof(BackupSetRecord), typeof(ChangePlan))]
public sealed class BackupOpsEnvironmentCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet, ICredentialCmdlet
{
    /// <summary>Names of the stores, with wildcards; all of the environment's when left out.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>Kinds that are left out of the set: Database, Cache, Configuration.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public BackupKind[]? Skip { get; set; }

    /// <summary>How to compress. Auto takes zstd where libzstd is installed, else gzip.</summary>
    [Parameter]
    public Compression Compression { get; set; } = Compression.Auto;

    /// <summary>Labels that the backups carry, for example @{ticket='CHG-12'}.</summary>
    [Parameter]
    public Hashtable? Label { get; set; }

    /// <summary>
    /// Logs in to the environment's databases as this user, with this password, in this call only, in place of what the environment file
    /// says. The password is shown nowhere, is in no program's arguments and not in the journal.
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
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(async () =>
    {
        var job = new ObservedJob(AlertKind.Backup, $"environment {Context.Environment.Name}");
        var labels = new Dictionary<string, string>(Context.Environment.Backups.Labels);
        foreach ((string name, string value) in LabelArgument.Of(Label)) labels[name] = value;
        ChangePlan plan = await ObserveBeginningAsync([job], () => new EnvironmentBackupPlanner(Context).PlanAsync(Store, Skip ?? [],
            labels, Compression,
            cancellationToken), _ => [job.Target]).ConfigureAwait(false);
        if (!await AskAsync(plan).ConfigureAwait(false)) return;
        object? made = await ObserveAsync(job, async () => (await new ChangeRunner(Context).RunAsync(plan, cancellationToken)
            .ConfigureAwait(false))?.Value).ConfigureAwait(false);
        foreach (BackupSetRecord set in made as IReadOnlyList<BackupSetRecord> ?? []) Emit(set);
    });
}
