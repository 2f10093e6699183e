using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Configuration.Changing;

/// <summary>Backs up the configuration. The manifest is written last; until it exists there is no backup, and a complete one
/// stays.</summary>
internal sealed class BackUpConfiguration : ChangeKind
{
    public const string KindName = "backup.configuration", Step = "archive";

    private const string Id = "backup", Key = "key";

    public override string Name => KindName;

    public override bool OnlyReads => true;

    public override string TargetOf(ChangePlan plan)
    {
        ConfigurationBackupArguments.Read(plan);
        return ConfigurationBackupArguments.Target;
    }

    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) => Task.FromResult(Identities(context));

    /// <summary>That nobody has changed whether backups are encrypted: one that was planned so must not lie somewhere in clear.</summary>
    public static IReadOnlyList<PlanIdentity> Identities(OpsContext context) =>
        [new("encryption of backups", Encrypts(context) ? "age" : "none")];

    public override string WhenStopped(ChangePlan plan) =>
        "The backup of the configuration was stopped; what it had stored was removed where no manifest made it a backup.";

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        OpsContext context = run.Context;
        ConfigurationBackupArguments what = ConfigurationBackupArguments.Read(run.Plan);
        if (!what.Redact && !Encrypts(context)) throw ConfigurationBackupPlanner.NotProtected(context);
        await new InterruptedBackups(context).CleanUpAsync(run.Plan.Target, run.Id, cancellationToken).ConfigureAwait(false);
        string id = run.Data.GetValueOrDefault(Id) ?? BackupKeys.NewId(context.Time.GetUtcNow());
        string key = run.Data.GetValueOrDefault(Key) ?? BackupKeys.Object(context.Environment.Name, ConfigurationBackupArguments.Name, null,
            id, what.Compression, Encrypts(context), BackupKind.Configuration);
        if (BackupKeys.IsEncrypted(key) != Encrypts(context))
            throw ChangeErrors.ChangeNotResumable.Make(
                $"The backup {id} was begun when backups were {(Encrypts(context) ? "not " : "")}encrypted.",
                $"Make another one with {ConfigurationBackupRequest.Action}, which clears this one away.", id);
        var stores = new PlannedStores(run, what.Stores, key);
        BackupOutcome? made = null;
        await run.StepAsync(Step, async () =>
        {
            if (run.HasBegun(Step) && await stores.ClearAsync(cancellationToken).ConfigureAwait(false)) return;
            made = await new ConfigurationBackup(run, what).MakeAsync(key, cancellationToken).ConfigureAwait(false);
        }, new Dictionary<string, string> { [Id] = id, [Key] = key }).ConfigureAwait(false);
        if (made is null)
        {
            made = await stores.FindAsync(cancellationToken).ConfigureAwait(false);
            foreach (OpsException error in made.Failures) context.Reporter.Failed(error);
        }
        BackupRecord first = made.Records[0];
        string names = string.Join(", ", made.Records.Select(r => r.Store));
        return new ChangeResult($"{first.Configuration?.Files:N0} files, {first.StoredBytes:N0} bytes stored in {names}", made);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        if (run.Data.GetValueOrDefault(Key) is not { } key) return new ChangeResult("Nothing had been stored");
        bool complete = false;
        var stores = new PlannedStores(run, ConfigurationBackupArguments.Read(run.Plan).Stores, key);
        await run.StepAsync("clear", async () =>
            complete = await stores.ClearAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return new ChangeResult(complete ? $"Backup {BackupKeys.IdOf(key)} is complete and stays; Remove-OpsBackup removes it"
            : "What it had stored was removed");
    }

    internal static bool Encrypts(OpsContext context) => context.Environment.Backups.Recipients.Count > 0;
}
