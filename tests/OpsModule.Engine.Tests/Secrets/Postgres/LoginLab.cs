using Npgsql;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Postgres;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Secrets.Postgres;

/// <summary>A database with two logins that take turns, or one; the first has the password <see cref="First"/>.</summary>
internal sealed class LoginLab : IDisposable
{
    public const string First = "first-value-Q7";

    private readonly PostgresFixture _postgres;

    private LoginLab(PostgresFixture postgres, DatabaseSettings database, string id)
    {
        (_postgres, Lab, A, B, Owner) = (postgres, new BackupLab(database), $"app_{id}_a", $"app_{id}_b", $"app_{id}");
        Entry = new SecretEntry { Name = "db", Kind = SecretKind.Postgres, Database = "main", Logins = [A, B], Owner = Owner };
    }

    public BackupLab Lab { get; }

    public OpsContext Context => Lab.Context;

    public string Database => Lab.Database.Database;

    public string A { get; }

    public string B { get; }

    public string Owner { get; }

    public SecretEntry Entry { get; set; }

    public PostgresSecretDriver Driver => new(Context, Entry);

    /// <summary>Makes the roles.</summary>
    public static async Task<LoginLab> CreateAsync(PostgresFixture postgres, bool two = true)
    {
        var lab = new LoginLab(postgres, await postgres.CreateDatabaseAsync(), Guid.NewGuid().ToString("N")[..8]);
        if (!two)
        {
            await lab.ExecuteAsync($"CREATE ROLE {lab.A} LOGIN PASSWORD '{First}'");
            lab.Entry = lab.Entry with { Logins = [lab.A], Owner = null };
            return lab;
        }
        await lab.ExecuteAsync($"""
            CREATE ROLE {lab.Owner} NOLOGIN; CREATE ROLE {lab.A} LOGIN PASSWORD '{First}' IN ROLE {lab.Owner}; CREATE ROLE {lab.B} LOGIN IN ROLE {lab.Owner};
            ALTER ROLE {lab.A} IN DATABASE {lab.Database} SET role = {lab.Owner}; ALTER ROLE {lab.B} IN DATABASE {lab.Database} SET role = {lab.Owner};
            GRANT CREATE ON SCHEMA public TO {lab.Owner}
            """);
        return lab;
    }

    public Task ExecuteAsync(string sql) => _postgres.ExecuteAsync(Database, sql);

    public Task<T> ScalarAsync<T>(string sql) => _postgres.ScalarAsync<T>(Database, sql);

    /// <summary>What the server keeps of a password.</summary>
    public async Task<string?> VerifierAsync(string role)
    {
        await using NpgsqlConnection connection = await _postgres.OpenAsync(Database);
        await using var command = new NpgsqlCommand("SELECT rolpassword FROM pg_authid WHERE rolname = $1", connection) { Parameters = { new() { Value = role } } };
        return await command.ExecuteScalarAsync() as string;
    }

    /// <summary>A session as a client has it.</summary>
    public async Task<NpgsqlConnection> LogInAsync(SecretMaterial material, int? port = null)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = port ?? _postgres.Port, Database = Database, Username = material.Login, Password = material.Value, Pooling = false, Timeout = 15,
        }.ConnectionString);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes a change that does this.</summary>
    public Task<ChangeResult?> RunAsync(Func<ChangeRun, Task> work) => new ChangeRunner(Context, [new DrivenChange(work, null)]).RunAsync(Plan(), default);

    /// <summary>Takes back the newest change, which had done this.</summary>
    public Task UndoAsync(ChangeResult made, Func<ChangeRun, Task> back) =>
        new ChangeRunner(Context, [new DrivenChange(_ => Task.CompletedTask, back)]).UndoAsync(Context.Journal.Find(made.Change!)!, default);

    public void Dispose() => Lab.Dispose();

    private ChangePlan Plan() => new()
    {
        Environment = Context.Environment.Name, Kind = DrivenChange.KindName, Action = "Invoke-Test", Target = "secret/db", Summary = "drive", Undo = "back",
        PlannedAt = DateTimeOffset.UtcNow,
    };

    /// <summary>A throw-away kind that drives a driver.</summary>
    private sealed class DrivenChange(Func<ChangeRun, Task> work, Func<ChangeRun, Task>? back) : ChangeKind
    {
        public const string KindName = "test.drive";

        public override string Name => KindName;

        public override string TargetOf(ChangePlan plan) => "secret/db";

        public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<PlanIdentity>>([]);

        public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
        {
            await work(run);
            return new ChangeResult("driven");
        }

        public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
        {
            await back!(run);
            return new ChangeResult("driven back");
        }
    }
}
