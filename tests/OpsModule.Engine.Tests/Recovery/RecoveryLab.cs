using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>An application with tenants in a database of its own, and what the tests ask of it.</summary>
public sealed class RecoveryLab : IDisposable
{
    public const string Demo = "demo";
    public const string Odd = "O'Brien \"& Söhne\" 日本";

    private readonly PostgresFixture _postgres;

    private RecoveryLab(PostgresFixture postgres, DatabaseSettings database, string[] stores)
    {
        _postgres = postgres;
        Lab = new BackupLab(database, stores);
    }

    public BackupLab Lab { get; }

    public OpsContext Context => Lab.Context;

    /// <summary>What was warned of, but that the tests' superuser runs the functions of the sample application.</summary>
    public IEnumerable<string> Warnings => Lab.Reporter.Warnings.Where(w => !w.Contains("restoreUser", StringComparison.Ordinal));

    public string Database => Lab.Database.Database;

    public static string Schema(string tenant) => "tenant_" + tenant;

    public static Task<RecoveryLab> CreateAsync(PostgresFixture postgres, params string[] tenants) => CreateAsync(postgres, [], tenants);

    /// <summary>The same with stores of these names.</summary>
    public static async Task<RecoveryLab> CreateAsync(PostgresFixture postgres, string[] stores, string[] tenants)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync("tenant_{tenant}");
        await postgres.ExecuteAsync(database.Database, SampleApplication.Shared);
        foreach (string tenant in tenants.Length == 0 ? [Demo] : tenants)
            await RunPsqlAsync(database, SampleApplication.Tenant(Schema(tenant)));
        return new RecoveryLab(postgres, database, stores);
    }

    public async Task<BackupRecord> BackUpAsync(string? tenant = Demo) => (await BackUpEverywhereAsync(tenant)).Single();

    /// <summary>The backup as it lies in each store.</summary>
    public Task<IReadOnlyList<BackupRecord>> BackUpEverywhereAsync(string? tenant = Demo) =>
        Lab.BackUpAsync(new BackupRequest { Tenants = tenant is null ? [] : [tenant] });

    public Task<RestoreRecord> RestoreAsync(BackupRecord backup, TimeSpan? switchTimeout = null) => RunAsync(Context,
        new RestoreRequest { Backup = backup, SwitchTimeout = switchTimeout ?? TimeSpan.FromSeconds(20) }, CancellationToken.None);

    /// <summary>Plans a restore, with the rows of live tables counted, and tells its warnings as a cmdlet does.</summary>
    public static async Task<ChangePlan> PlanAsync(OpsContext context, RestoreRequest request, CancellationToken cancellationToken)
    {
        ChangePlan plan = await new RestorePlanner(context).PlanAsync([request], counted: true, cancellationToken);
        foreach (string warning in plan.Warnings) context.Reporter.Warning(warning);
        return plan;
    }

    public static async Task<RestoreRecord> RunAsync(OpsContext context, RestoreRequest request, CancellationToken cancellationToken)
    {
        await KeepAsync(context, request.Backup);
        return await RunAsync(context, await PlanAsync(context, request, cancellationToken), cancellationToken);
    }

    /// <summary>A restore reads the manifest from the store: what a test has made of the record must lie there.</summary>
    private static async Task KeepAsync(OpsContext context, BackupRecord backup)
    {
        var catalog = new BackupCatalog(context);
        byte[] kept = ManifestFile.Write(await catalog.FindAtAsync(backup.Store, backup.Key, default));
        if (kept.AsSpan().SequenceEqual(ManifestFile.Write(backup))) return;
        await context.OpenStore(backup.Store).DeleteAsync(TestScope.Instance, BackupKeys.Manifest(backup.Key), default);
        await catalog.WriteManifestAsync(TestScope.Instance, backup, backup.Store, default);
    }

    public static async Task<RestoreRecord> UndoAsync(OpsContext context, RestoreRecord restore, TimeSpan switchTimeout, CancellationToken cancellationToken) =>
        await RunAsync(context, await new RestoreUndo(context).PlanAsync(restore, switchTimeout, cancellationToken), cancellationToken);

    public static async Task RemoveAsync(OpsContext context, RestoreRecord restore, CancellationToken cancellationToken) =>
        await new ChangeRunner(context).RunAsync(await new RestoreRemoval(context).PlanAsync(restore, cancellationToken), cancellationToken);

    public static async Task<RestoreRecord> RunAsync(OpsContext context, ChangePlan plan, CancellationToken cancellationToken) =>
        Assert.IsType<RestoreRecord>((await new ChangeRunner(context).RunAsync(plan, cancellationToken))!.Value);

    /// <summary>The changes of the database, or of a tenant, that have no end, oldest first.</summary>
    public IReadOnlyList<JournalEntry> Unfinished(string? tenant) =>
        [.. Context.Journal.FindUnfinished("database/main" + (tenant is null ? "" : "/tenant/" + tenant)).Select(c => Context.Journal.Find(c.Id)!)];

    /// <summary>Goes on with the last of them.</summary>
    public async Task<RestoreRecord> ResumeAsync(string? tenant) =>
        Assert.IsType<RestoreRecord>((await new ChangeRunner(Context).ResumeAsync(Unfinished(tenant)[^1], default))!.Value);

    /// <summary>Takes all of them back, and tells how many there were.</summary>
    public async Task<int> UndoUnfinishedAsync(string? tenant)
    {
        IReadOnlyList<JournalEntry> unfinished = Unfinished(tenant);
        foreach (JournalEntry change in unfinished) await new ChangeRunner(Context).UndoAsync(change, default);
        return unfinished.Count;
    }

    /// <summary>Runs statements with psql: Npgsql would cut a function's BEGIN ATOMIC at its semicolons.</summary>
    public Task ExecuteAsync(string sql) => RunPsqlAsync(Lab.Database, sql);

    public Task<T> ScalarAsync<T>(string sql) => _postgres.ScalarAsync<T>(Database, sql);

    public Task<NpgsqlConnection> OpenAsync() => _postgres.OpenAsync(Database);

    /// <summary>All that pg_dump says of a schema: definitions, owners, privileges, comments and rows.</summary>
    public async Task<string> DescribeAsync(string schema) => await SchemaText.ReadAsync(Lab.Database, schema);

    public Task<List<string>> SchemasAsync() => ListAsync("SELECT nspname::text FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1");

    public async Task<List<string>> ListAsync(string sql)
    {
        await using NpgsqlConnection connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
        return rows;
    }

    public static async Task<OpsException> FailsAsync(string errorId, Func<Task> body)
    {
        OpsException error = await Assert.ThrowsAsync<OpsException>(body);
        Assert.True(errorId == error.ErrorId, $"{error.ErrorId}: {error.Message}");
        return error;
    }

    /// <summary>Runs a script as its author would, with the database's own settings instead of ours.</summary>
    public static Task RunPsqlAsync(DatabaseSettings database, string sql)
    {
        ProgramCall call = PostgresServer.Direct(database).Tool("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]);
        return ProgramRunner.RunAsync(call with { Environment = call.Environment.Where(e => e.Key != "PGOPTIONS").ToDictionary() }, sql, default);
    }

    public void Dispose() => Lab.Dispose();
}
