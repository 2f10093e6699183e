using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>
/// Backs something up. The manifest is written last; until it exists there is no backup. One that is complete stays, whatever becomes of
/// the change that it is a part of: it changes nothing of what is operated.
/// </summary>
internal abstract class BackUp : ChangeKind
{
    public const string Step = "dump";

    private const string Id = "backup", Key = "key";

    /// <summary>What is backed up.</summary>
    protected abstract BackupKind Kind { get; }

    public override bool OnlyReads => true;

    public override string TargetOf(ChangePlan plan) => Read(plan).Target;

    public override string WhenStopped(ChangePlan plan) =>
        $"The backup of {Read(plan).Words} was stopped; what it had stored was removed where no manifest made it a backup.";

    /// <summary>Makes it under a key.</summary>
    protected abstract Task<BackupOutcome> MakeAsync(ChangeRun run, BackupArguments what, string key, CancellationToken cancellationToken);

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        OpsContext context = run.Context;
        BackupArguments what = Read(run.Plan);
        await new InterruptedBackups(context).CleanUpAsync(run.Plan.Target, run.Id, cancellationToken).ConfigureAwait(false);
        string id = run.Data.GetValueOrDefault(Id) ?? BackupKeys.NewId(context.Time.GetUtcNow());
        string key = run.Data.GetValueOrDefault(Key) ?? BackupKeys.Object(context.Environment.Name, what.Name, what.Tenant, id,
            what.Compression, Encrypts(context), Kind);
        if (BackupKeys.IsEncrypted(key) != Encrypts(context))
            throw ChangeErrors.ChangeNotResumable.Make(
                $"The backup {id} was begun when backups were {(Encrypts(context) ? "not " : "")}encrypted.",
                $"Make another one with {Kind.Action()}, which clears this one away.", id);
        var stores = new PlannedStores(run, what.Stores, key);
        BackupOutcome? made = null;
        await run.StepAsync(Step, async () =>
        {
            if (run.HasBegun(Step) && await stores.ClearAsync(cancellationToken).ConfigureAwait(false)) return;
            made = await MakeAsync(run, what, key, cancellationToken).ConfigureAwait(false);
        }, new Dictionary<string, string> { [Id] = id, [Key] = key }).ConfigureAwait(false);
        if (made is null)
        {
            made = await stores.FindAsync(cancellationToken).ConfigureAwait(false);
            foreach (OpsException error in made.Failures) context.Reporter.Failed(error);
        }
        BackupRecord first = made.Records[0];
        string names = string.Join(", ", made.Records.Select(r => r.Store));
        return new ChangeResult($"{first.SourceBytes:N0} bytes dumped, {first.StoredBytes:N0} stored in {names}", made);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        BackupArguments what = Read(run.Plan);
        if (run.Data.GetValueOrDefault(Key) is not { } key) return new ChangeResult("Nothing had been stored");
        bool complete = false;
        var stores = new PlannedStores(run, what.Stores, key);
        await run.StepAsync("clear", async () =>
            complete = await stores.ClearAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return new ChangeResult(complete ? $"Backup {BackupKeys.IdOf(key)} is complete and stays; Remove-OpsBackup removes it"
            : "What it had stored was removed");
    }

    /// <summary>What its plan says.</summary>
    protected BackupArguments Read(ChangePlan plan) => BackupArguments.Read(plan, Kind);

    /// <summary>That nobody has changed whether backups are encrypted.</summary>
    public static PlanIdentity Encryption(OpsContext context) => new("encryption of backups", Encrypts(context) ? "age" : "none");

    private static bool Encrypts(OpsContext context) => context.Environment.Backups.Recipients.Count > 0;
}
