using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Secrets.Postgres;

/// <summary>
/// A server that keeps all that it can of what it is asked: every statement with its parameters in the log, pgaudit, auto_explain, and
/// statistics of nested statements, too.
/// </summary>
[CollectionDefinition(Name)]
public sealed class LoginServer : ICollectionFixture<LoginServerFixture>
{
    public const string Name = "PostgreSQL of logins";
}

/// <inheritdoc cref="LoginServer"/>
public sealed class LoginServerFixture : IAsyncLifetime
{
    public PostgresFixture Postgres { get; } = new()
    {
        Settings =
        [
            "shared_preload_libraries=pg_stat_statements,pgaudit,auto_explain", "logging_collector=on", "log_filename=server.log", "log_statement=all",
            "log_min_duration_statement=0", "log_transaction_sample_rate=1", "log_connections=on", "pgaudit.log=all", "pgaudit.log_parameter=on",
            "pg_stat_statements.track=all", "auto_explain.log_min_duration=0", "auto_explain.log_nested_statements=on",
        ],
    };

    /// <summary>The server's log so far.</summary>
    public string ReadLog()
    {
        using var file = new FileStream(Path.Combine(Postgres.Folder, "data", "log", "server.log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }

    public async Task InitializeAsync()
    {
        await Postgres.InitializeAsync();
        await Postgres.ExecuteAsync("postgres", "CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pgaudit");
    }

    public Task DisposeAsync() => Postgres.DisposeAsync();
}
