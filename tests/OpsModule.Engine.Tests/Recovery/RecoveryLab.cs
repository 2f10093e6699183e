using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Changes;
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

    private RecoveryLab(PostgresFixture postgres, DatabaseSettings database)
    {
        _postgres = postgres;
        Lab = new BackupLab(database);
    }

    public BackupLab Lab { get; }

    public OpsContext Context => Lab.Context;

    public string Database => Lab.Database.Database;

    public RestoreService Restores => new(Context);

    public static string Schema(string tenant) => "tenant_" + tenant;

    public static async Task<RecoveryLab> CreateAsync(PostgresFixture postgres, params string[] tenants)
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync("tenant_{tenant}");
        await postgres.ExecuteAsync(database.Database, SampleApplication.Shared);
        foreach (string tenant in tenants.Length == 0 ? [Demo] : tenants)
            await RunPsqlAsync(database, SampleApplication.Tenant(Schema(tenant)));
        return new RecoveryLab(postgres, database);
    }

    public async Task<BackupRecord> BackUpAsync(string? tenant = Demo) =>
        (await Lab.BackUpAsync(new BackupRequest { Tenants = tenant is null ? [] : [tenant] })).Single();

    public Task<RestoreRecord> RestoreAsync(BackupRecord backup, TimeSpan? switchTimeout = null) => Restores.RunAsync(
        new RestoreRequest { Backup = backup, SwitchTimeout = switchTimeout ?? TimeSpan.FromSeconds(20) }, CancellationToken.None);

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
