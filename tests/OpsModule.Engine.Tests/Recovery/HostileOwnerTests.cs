using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>
/// The owner of a database puts operators, functions and tables of his own before PostgreSQL's, by the database's search_path. Whoever runs
/// one of them with more rights makes him superuser.
/// </summary>
[Collection(PostgresRestores.Name)]
public sealed class HostileOwnerTests(PostgresFixture postgres)
{
    private static readonly string[] Types = ["\"char\"", "name", "text", "oid", "int4", "int8", "bool", "xid", "regclass", "regtype", "inet", "timestamptz", "oidvector"];

    [Fact]
    public async Task Nothing_that_connects_runs_what_he_planted()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string owner = await PlantAsync(lab);

        BackupRecord tenant = await lab.BackUpAsync(), whole = await lab.BackUpAsync(null);
        await StillHarmlessAsync(owner, "backup");
        OpsContext context = lab.Context with { Environment = lab.Context.Environment with { Drill = new DrillSettings { MinTables = 1 } } };
        await foreach (HealthResult result in new HealthTester(context).RunAsync(new HealthRequest { Checks = ["database"] }, default))
            Assert.True(result.Status == HealthStatus.Healthy, result.ToString());
        await StillHarmlessAsync(owner, "health");
        EnvironmentFinding[] reached = await ProbeAsync(context);
        Assert.Contains(reached, f => f is { Code: "Reachable", Path: "databases.main" });
        await StillHarmlessAsync(owner, "Test-OpsEnvironment -Connect");
        Assert.Empty(await new RestoreCatalog(context).ListAsync(null, default));
        Assert.NotEmpty((await RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = tenant }, default)).Figures.Skip(2));
        Assert.NotEmpty((await RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = whole }, default)).Figures.Skip(2));
        await StillHarmlessAsync(owner, "listing and planning");
        Assert.Equal(RestoreState.Replaced, (await lab.RestoreAsync(tenant)).State);
        Assert.NotEmpty(await new RestoreCatalog(context).ListAsync(null, default));
        await StillHarmlessAsync(owner, "restore of a tenant");
        Assert.Equal(RestoreState.Replaced, (await lab.RestoreAsync(whole)).State);
        await StillHarmlessAsync(owner, "restore of the whole database");
        DrillResult drill = await new RecoveryDrill(context).RunAsync(whole, default);
        Assert.True(drill.Passed, string.Join("; ", drill.Failures));
        await StillHarmlessAsync(owner, "drill");
    }

    /// <summary>What was planted works: it is the session's settings alone that keep it out.</summary>
    [Fact]
    public async Task What_he_planted_would_work()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string owner = await PlantAsync(lab);
        await using NpgsqlConnection careless = await lab.OpenAsync();
        await new NpgsqlCommand("SELECT count(*) FROM pg_class WHERE relkind = 'r'::\"char\"", careless).ExecuteScalarAsync();
        Assert.True(await postgres.ScalarAsync<bool>("postgres", $"SELECT rolsuper FROM pg_roles WHERE rolname = '{owner}'"));
        await postgres.ExecuteAsync("postgres", $"ALTER ROLE {owner} NOSUPERUSER");
    }

    [Fact]
    public async Task Other_settings_that_say_what_a_statement_means_do_not_count_either()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        foreach (string setting in new[] { "standard_conforming_strings = off", "transform_null_equals = on", "array_nulls = off", "quote_all_identifiers = on", "DateStyle = 'SQL, DMY'",
            "IntervalStyle = sql_standard", "xmloption = document", "default_transaction_read_only = on", "default_transaction_isolation = serializable", "jit = on", "idle_in_transaction_session_timeout = '1s'" })
            await postgres.ExecuteAsync("postgres", $"ALTER DATABASE {database.Database} SET {setting}");
        PostgresServer server = PostgresServer.Direct(database);
        await using NpgsqlConnection connection = await server.ConnectAsync(default);
        await using PostgresSession session = await server.ConnectForQueriesAsync(default);
        string psql = await OpsModule.Foundations.Processes.ProgramRunner.RunAsync(server.Tool("psql", ["-X", "-A", "-t", "-c", Shown]), null, default);

        const string Expected = "pg_catalog,pg_temp|on|off|on|off|ISO, MDY|postgres|content|off|read committed|0|off";
        Assert.Equal(Expected, await new NpgsqlCommand(Shown, connection).ExecuteScalarAsync());
        Assert.Equal(Expected, await new NpgsqlCommand(Shown, session.Connection).ExecuteScalarAsync());
        Assert.Equal(Expected, psql.Trim());
        Assert.Equal("\"$user\", public", session.OwnPath);
    }

    [Fact]
    public async Task A_database_that_is_read_only_by_default_is_restored_and_stays_so()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord whole = await lab.BackUpAsync(null);
        await postgres.ExecuteAsync("postgres", $"ALTER DATABASE {lab.Database} SET default_transaction_read_only = on");
        Assert.Equal(RestoreState.Replaced, (await lab.RestoreAsync(whole)).State);
        Assert.Equal("on", await lab.ScalarAsync<string>("SHOW default_transaction_read_only"));
    }

    private const string Shown = "SELECT concat_ws('|', current_setting('search_path'), current_setting('standard_conforming_strings'), current_setting('transform_null_equals'), "
        + "current_setting('array_nulls'), current_setting('quote_all_identifiers'), current_setting('DateStyle'), current_setting('IntervalStyle'), current_setting('xmloption'), "
        + "current_setting('default_transaction_read_only'), current_setting('default_transaction_isolation'), current_setting('idle_in_transaction_session_timeout'), current_setting('jit'))";

    private async Task<string> PlantAsync(RecoveryLab lab)
    {
        string owner = "own" + Guid.NewGuid().ToString("N")[..10];
        await postgres.ExecuteAsync("postgres", $"CREATE ROLE {owner} LOGIN PASSWORD 'x'; ALTER DATABASE {lab.Database} OWNER TO {owner}");
        string operators = string.Join('\n', from type in Types from sign in new[] { "=", "<>", "~", "!~", "||" } select $"""
            CREATE OR REPLACE FUNCTION evil.g(a {type}, b {type}) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.grab(); RETURN a OPERATOR(pg_catalog.=) b; END $$;
            CREATE OPERATOR evil.{sign} (LEFTARG = {type}, RIGHTARG = {type}, FUNCTION = evil.g);
            """);
        await lab.ExecuteAsync($"""
            SET ROLE {owner};
            CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO public;
            CREATE FUNCTION evil.grab() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
              IF pg_catalog.current_setting('evil.done', true) IS NULL THEN
                PERFORM pg_catalog.set_config('evil.done', '1', false);
                BEGIN EXECUTE 'ALTER ROLE {owner} SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
              END IF; END $$;
            {operators}
            CREATE FUNCTION evil.m(a name, b text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.grab(); RETURN a OPERATOR(pg_catalog.~) b; END $$;
            CREATE OPERATOR evil.~ (LEFTARG = name, RIGHTARG = text, FUNCTION = evil.m);
            CREATE FUNCTION evil.current_setting(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.grab(); RETURN pg_catalog.current_setting($1); END $$;
            CREATE FUNCTION evil.pg_database_size(name) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.grab(); RETURN 1; END $$;
            CREATE FUNCTION evil.age(xid) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.grab(); RETURN 1; END $$;
            CREATE FUNCTION evil.rows() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.grab(); RETURN true; END $$;
            CREATE VIEW evil.pg_stat_activity AS SELECT * FROM pg_catalog.pg_stat_activity WHERE evil.rows();
            CREATE VIEW evil.pg_namespace AS SELECT * FROM pg_catalog.pg_namespace WHERE evil.rows();
            CREATE VIEW evil.pg_extension AS SELECT * FROM pg_catalog.pg_extension WHERE evil.rows();
            RESET ROLE;
            ALTER DATABASE {lab.Database} SET search_path = evil, pg_catalog, public;
            """);
        await StillHarmlessAsync(owner, "planting");
        return owner;
    }

    private async Task StillHarmlessAsync(string owner, string after) =>
        Assert.False(await postgres.ScalarAsync<bool>("postgres", $"SELECT rolsuper FROM pg_roles WHERE rolname = '{owner}'"), $"{owner} is superuser after the {after}");

    private static async Task<EnvironmentFinding[]> ProbeAsync(OpsContext context)
    {
        var found = new List<EnvironmentFinding>();
        var load = EnvironmentLoad.InMemory(context.Environment);
        await foreach (EnvironmentFinding finding in new EnvironmentProbe(context, load).RunAsync(default)) found.Add(finding);
        return [.. found];
    }
}
