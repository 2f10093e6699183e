using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Postgres;

/// <summary>Variables of the caller. They are this process's own, which all other tests share: it runs alone.</summary>
[CollectionDefinition(nameof(PostgresVariableTests), DisableParallelization = true)]
[Collection(nameof(PostgresVariableTests))]
public sealed class PostgresVariableTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task The_callers_PGSSLMODE_counts_where_the_file_says_nothing()
    {
        DatabaseSettings settings = await postgres.CreateDatabaseAsync();
        Environment.SetEnvironmentVariable("PGSSLMODE", "verify-full");
        try
        {
            // The fixture's server speaks no TLS.
            Assert.Equal("DatabaseUnreachable", (await Assert.ThrowsAsync<OpsException>(() => PostgresServer.Direct(settings).ConnectAsync(default))).ErrorId);
            Assert.Equal("verify-full", PostgresServer.Direct(settings).Tool("pg_dump", []).Environment["PGSSLMODE"]);
            await using NpgsqlConnection said = await PostgresServer.Direct(settings with { SslMode = "prefer" }).ConnectAsync(default);
            Assert.Equal("prefer", PostgresServer.Direct(settings with { SslMode = "prefer" }).Tool("pg_dump", []).Environment["PGSSLMODE"]);
        }
        finally { Environment.SetEnvironmentVariable("PGSSLMODE", null); }
    }
}
