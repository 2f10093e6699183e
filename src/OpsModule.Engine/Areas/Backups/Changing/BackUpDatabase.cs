using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>
/// Backs up a database, or one tenant of it. The manifest is written last; until it exists there is no backup. One that is complete stays,
/// whatever becomes of the change that it is a part of: it changes nothing of what is operated.
/// </summary>
internal sealed class BackUpDatabase : ChangeKind
{
    public const string KindName = "backup.database", Step = "dump";

    private const string Id = "backup", Key = "key";

    public override string Name => KindName;

    public override bool OnlyReads => true;

    public override string TargetOf(ChangePlan plan) => BackupArguments.Read(plan).Target;

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        BackupArguments what = BackupArguments.Read(plan);
        PostgresServer server = await DatabaseServers.ResolveAsync(context, what.Name, cancellationToken).ConfigureAwait(false);
        await using NpgsqlConnection connection = await server.ConnectAsync(cancellationToken).ConfigureAwait(false);
        return await IdentitiesAsync(context, connection, what, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>That it is the same database and schema, and that nobody has changed whether backups are encrypted.</summary>
    public static async Task<IReadOnlyList<PlanIdentity>> IdentitiesAsync(OpsContext context, NpgsqlConnection connection,
        BackupArguments what, CancellationToken cancellationToken) =>
    [
        .. await (what.Tenant is { } tenant
            ? DatabaseIdentities.OfSchemaAsync(connection,
                TenantSchemas.SchemaOf(DatabaseServers.FindSettings(context.Environment, what.Name), tenant), cancellationToken)
            : DatabaseIdentities.OfDatabaseAsync(connection, connection.Database, cancellationToken)).ConfigureAwait(false),
        new("encryption of backups", Encrypts(context) ? "age" : "none"),
    ];

    public override string WhenStopped(ChangePlan plan) =>
        $"The backup of {BackupArguments.Read(plan).Words} was stopped; what it had stored was removed where no manifest made it a backup.";

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        OpsContext context = run.Context;
        BackupArguments what = BackupArguments.Read(run.Plan);
        await new InterruptedBackups(context).CleanUpAsync(run.Plan.Target, run.Id, cancellationToken).ConfigureAwait(false);
        string id = run.Data.GetValueOrDefault(Id) ?? BackupKeys.NewId(context.Time.GetUtcNow());
        string key = run.Data.GetValueOrDefault(Key) ?? BackupKeys.Object(context.Environment.Name, what.Name, what.Tenant, id,
            what.Compression, Encrypts(context));
        if (BackupKeys.IsEncrypted(key) != Encrypts(context))
            throw ChangeErrors.ChangeNotResumable.Make(
                $"The backup {id} was begun when backups were {(Encrypts(context) ? "not " : "")}encrypted.",
                $"Make another one with {BackupRequest.Action}, which clears this one away.", id);
        var stores = new PlannedStores(run, what.Stores, key);
        BackupOutcome? made = null;
        await run.StepAsync(Step, async () =>
        {
            if (run.HasBegun(Step) && await stores.ClearAsync(cancellationToken).ConfigureAwait(false)) return;
            made = await new DatabaseBackup(run, what).MakeAsync(key, cancellationToken).ConfigureAwait(false);
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
        BackupArguments what = BackupArguments.Read(run.Plan);
        if (run.Data.GetValueOrDefault(Key) is not { } key) return new ChangeResult("Nothing had been stored");
        bool complete = false;
        var stores = new PlannedStores(run, what.Stores, key);
        await run.StepAsync("clear", async () =>
            complete = await stores.ClearAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return new ChangeResult(complete ? $"Backup {BackupKeys.IdOf(key)} is complete and stays; Remove-OpsBackup removes it"
            : "What it had stored was removed");
    }

    private static bool Encrypts(OpsContext context) => context.Environment.Backups.Recipients.Count > 0;
}
