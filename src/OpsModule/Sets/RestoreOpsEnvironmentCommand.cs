using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Procedures.Sets;
using OpsModule.Engine.Procedures.Sets.Planning;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Errors;

namespace OpsModule.Sets;

/// <summary>
/// <para>Restores an environment from a set of backups: who writes is stopped, databases and files are restored, who was stopped is
/// started.</para>
/// </summary>
/// <remarks>
/// <para>Each database is built beside the live one and switched in; files are written beside their places and renamed. When a part fails,
/// those
/// before it are put back, the last one first, and services are started again; Undo-OpsChange does the same afterwards. A database that is
/// not
/// there yet cannot be taken back, and comes behind those that can. Files come last: servers are reached with the passwords of now. That
/// the parts are of different moments (Skew) is said before anything is done.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBackupSet -Latest -Store offsite | Restore-OpsEnvironment -WhatIf</code>
/// <para>Shows what restoring the newest set would do.</para>
/// </example>
/// <example>
/// <code>Restore-OpsEnvironment 20261121T020000Z-1f3a9c -Skip Configuration -Service api, worker</code>
/// <para>Restores the databases alone, with two services stopped meanwhile.</para>
/// </example>
[Cmdlet(VerbsData.Restore, "OpsEnvironment", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(JournalEntry), typeof(ChangePlan))]
public sealed class RestoreOpsEnvironmentCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet, ICredentialCmdlet
{
    /// <summary>The set: a record from Get-OpsBackupSet, or its id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Id")]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(SetCompleter))]
    public object Set { get; set; } = null!;

    /// <summary>Only this store's set, with wildcards; the first that has it whole by default.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>Kinds that are left as they are: Database, Cache, Configuration.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public BackupKind[]? Skip { get; set; }

    /// <summary>
    /// The services that write and are stopped meanwhile, with wildcards. By default all that run, but for those that serve databases and
    /// caches, and proxies.
    /// </summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServiceCompleter))]
    public string[]? Service { get; set; }

    /// <summary>Stops no service: nothing writes, or what is written meanwhile does not count.</summary>
    [Parameter]
    public SwitchParameter KeepServices { get; set; }

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
        if (KeepServices && Service is not null)
            throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
                "-KeepServices stops none, and -Service names some.",
                "Leave one of them out.");
        // Whatever a piped object claims: the set is read anew from its store.
        string? id = Unwrap(Set) switch { string text => text, BackupSetRecord set => set.Id, _ => PipedObject.Text(Set, "Id") };
        if (string.IsNullOrWhiteSpace(id)) throw PipedObject.IsNo("set", Set, "what Get-OpsBackupSet gives, or its id");
        CheckIsOfThis(Unwrap(Set) is string ? null : Set);
        string? from = Store is null && Unwrap(Set) is not string ? PipedObject.Text(Set, nameof(Store)) : null;
        IReadOnlyList<string> stores = new BackupCatalog(Context).CheckStores(from is { Length: > 0 } ? [from] : Store, Fail);
        BackupSetRecord found = await new BackupSetCatalog(Context).FindAsync(id, stores, cancellationToken).ConfigureAwait(false);
        ChangePlan? plan = await new EnvironmentRestorePlanner(Context).PlanAsync(new EnvironmentRestoreRequest
        {
            Set = found, Skip = Skip ?? [], Services = Service, KeepsServices = KeepServices,
        }, cancellationToken).ConfigureAwait(false);
        if (plan is null)
        {
            Verbose($"All that is meant is as in the set {found.Id}.");
            return;
        }
        if (!await AskAsync(plan).ConfigureAwait(false)) return;
        var runner = new ChangeRunner(Context);
        await ObserveAsync(new ObservedJob(AlertKind.Restore, $"environment {Context.Environment.Name}"), () => runner.RunAsync(plan,
            cancellationToken)).ConfigureAwait(false);
        if (runner.Latest is { } change && Context.Journal.Find(change) is { } entry) Emit(entry);
    });
}
