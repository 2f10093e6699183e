using OpsModule.Connections.Postgres.Logins;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>With which rights a restore runs the functions that a backup's rows call.</summary>
[Collection(PostgresTenants.Name)]
public sealed class RestoreRightsTests(PostgresFixture postgres)
{
    private const string Password = "x1", Check = "CREATE TABLE tenant_demo.planted (id int CONSTRAINT c CHECK (tenant_demo.grab(id)))";

    public static TheoryData<string> Plants =>
    [
        Check,
        "CREATE TABLE tenant_demo.planted (id int, twice bool GENERATED ALWAYS AS (tenant_demo.grab(id)) STORED)",
        "CREATE DOMAIN tenant_demo.d AS int CONSTRAINT c CHECK (tenant_demo.grab(VALUE)); CREATE TABLE tenant_demo.planted (id tenant_demo.d)",
        "CREATE DOMAIN tenant_demo.d AS int CONSTRAINT c CHECK (tenant_demo.grab(VALUE)); CREATE TABLE tenant_demo.planted (id tenant_demo.d[])",
        "CREATE TABLE tenant_demo.planted (id int) PARTITION BY LIST (tenant_demo.grab(id)); CREATE TABLE tenant_demo.p1 PARTITION OF tenant_demo.planted FOR VALUES IN (true)",
        "CREATE TABLE tenant_demo.planted (id int); ALTER TABLE tenant_demo.planted ADD CONSTRAINT c CHECK (tenant_demo.grab(id)) NOT VALID; ALTER TABLE tenant_demo.planted VALIDATE CONSTRAINT c",
        "CREATE OPERATOR tenant_demo.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = tenant_demo.grabs); CREATE TABLE tenant_demo.planted (id int CONSTRAINT c CHECK (id OPERATOR(tenant_demo.===) 1))",
    ];

    [Theory]
    [MemberData(nameof(Plants))]
    public async Task What_is_planted_in_a_tenants_schema_gains_nothing_where_another_role_loads_rows(string table)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres, "other");
        (string owner, string login) = await PlantAsync(lab, table);
        BackupRecord tenant = await lab.BackUpAsync(), whole = await lab.BackUpAsync(null);
        OpsContext context = With(lab, login);

        foreach (BackupRecord backup in new[] { tenant, whole })
        {
            ChangePlan plan = await RecoveryLab.PlanAsync(context, new RestoreRequest { Backup = backup }, default);
            Assert.Contains(plan.Figures, f => f.Name == "rows are loaded as" && f.Value == login);
            Assert.DoesNotContain(plan.Warnings, w => w.Contains("superuser", StringComparison.Ordinal));
            Assert.Equal(RestoreState.Replaced, (await RecoveryLab.RunAsync(context, plan, default)).State);
            Assert.False(await IsSuperAsync(owner), $"{owner} is superuser after the restore of {backup.Tenant ?? "the whole"}");
            Assert.Equal(3, await lab.ScalarAsync<long>("SELECT count(*) FROM tenant_demo.planted"));
        }
    }

    /// <summary>What is planted works where nobody is named, and the plan says so before anything is done.</summary>
    [Theory]
    [MemberData(nameof(Plants))]
    public async Task The_plan_warns_where_a_superuser_would_run_it(string table)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres, "other");
        (string owner, _) = await PlantAsync(lab, table);
        foreach (string? of in new[] { "demo", null })
        {
            BackupRecord backup = await lab.BackUpAsync(of);
            ChangePlan plan = await RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = backup }, default);
            Assert.Contains(plan.Warnings, w => w.Contains("tenant_demo.", StringComparison.Ordinal) && w.Contains("databases.main.restoreUser", StringComparison.Ordinal));
            Assert.Contains(plan.Figures, f => f.Name == "rows are loaded as" && f.Value.EndsWith(", a superuser", StringComparison.Ordinal));
            await RecoveryLab.RunAsync(lab.Context, plan, default);
            Assert.True(await IsSuperAsync(owner), "what was planted would do nothing, so the tests beside this one prove nothing");
            await postgres.ExecuteAsync("postgres", $"ALTER ROLE {owner} NOSUPERUSER");
        }
    }

    [Fact]
    public async Task A_function_outside_the_tenants_schema_is_seen_too_and_one_of_an_extension_is_none()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres, "other");
        await PlantAsync(lab, "CREATE TABLE tenant_demo.planted (id int CONSTRAINT c CHECK (public.shared(id)))");
        Assert.Contains((await PlanAsync("demo")).Warnings, w => w.Contains("tenant_demo.planted", StringComparison.Ordinal));

        await lab.ExecuteAsync("DROP TABLE tenant_demo.planted; CREATE TABLE tenant_demo.harmless (id int, t text CHECK (public.citext_eq(t::public.citext, 'a'::public.citext)), CHECK (length(t) < 9))");
        Assert.DoesNotContain((await PlanAsync("demo")).Warnings, w => w.Contains("restoreUser", StringComparison.Ordinal));

        await lab.ExecuteAsync("CREATE DOMAIN public.checked AS int CHECK (public.shared(VALUE)); CREATE TABLE tenant_demo.typed (id public.checked)");
        Assert.Contains((await PlanAsync("demo")).Warnings, w => w.Contains("tenant_demo.typed", StringComparison.Ordinal));

        async Task<ChangePlan> PlanAsync(string tenant) =>
            await RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = await lab.BackUpAsync(tenant) }, default);
    }

    [Fact]
    public async Task A_role_that_cannot_do_it_is_refused_before_anything_is_made()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres, "other");
        (string owner, string login) = await PlantAsync(lab, Check);
        BackupRecord backup = await lab.BackUpAsync();
        await postgres.ExecuteAsync("postgres", $"REVOKE {owner} FROM {login}");
        OpsException error = await RecoveryLab.FailsAsync("PrivilegeMissing", () => RecoveryLab.PlanAsync(With(lab, login), new RestoreRequest { Backup = backup }, default));
        Assert.Contains("restoreUser", error.Message, StringComparison.Ordinal);
        Assert.Contains(owner, error.RecommendedAction, StringComparison.Ordinal);

        error = await RecoveryLab.FailsAsync("DatabaseMissing", () => RecoveryLab.PlanAsync(With(lab, login, database: "nowhere"), new RestoreRequest { Backup = backup }, default));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task A_superuser_under_that_name_is_told_to_protect_from_nothing()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres, "other");
        (_, string login) = await PlantAsync(lab, Check);
        await postgres.ExecuteAsync("postgres", $"ALTER ROLE {login} SUPERUSER");
        ChangePlan plan = await RecoveryLab.PlanAsync(With(lab, login), new RestoreRequest { Backup = await lab.BackUpAsync() }, default);
        Assert.Contains(plan.Warnings, w => w.Contains("protects from nothing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Extensions_and_their_tables_are_made_by_the_role_that_may()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres, "other");
        (string owner, string login) = await PlantAsync(lab, Check);
        await lab.ExecuteAsync($"CREATE EXTENSION pageinspect; CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION public.noticed(); ALTER EVENT TRIGGER t DISABLE");
        BackupRecord whole = await lab.BackUpAsync(null);
        await RecoveryLab.RunAsync(With(lab, login), new RestoreRequest { Backup = whole }, default);
        Assert.False(await IsSuperAsync(owner));
        Assert.Equal(1, await lab.ScalarAsync<long>("SELECT count(*) FROM pg_event_trigger"));
        Assert.Equal(1, await lab.ScalarAsync<long>("SELECT count(*) FROM pg_extension WHERE extname = 'pageinspect'"));
    }

    private static OpsContext With(RecoveryLab lab, string login, string? database = null) => lab.Context with
    {
        Environment = lab.Context.Environment with
        {
            Databases = lab.Context.Environment.Databases.ToDictionary(d => d.Key, d => d.Value with
            {
                RestoreUser = new PostgresLogin(login, SecretReference.Literal(Password)), Database = database ?? d.Value.Database,
            }),
        },
    };

    private Task<bool> IsSuperAsync(string role) => postgres.ScalarAsync<bool>("postgres", $"SELECT rolsuper FROM pg_roles WHERE rolname = '{role}'");

    /// <summary>A tenant demo whose owner has put a function into the way of its rows that makes him superuser where the caller may.</summary>
    private async Task<(string Owner, string Login)> PlantAsync(RecoveryLab lab, string table)
    {
        string owner = "own" + Guid.NewGuid().ToString("N")[..10], login = "load" + owner[3..];
        await postgres.ExecuteAsync("postgres", $"CREATE ROLE {owner}; CREATE ROLE {login} LOGIN PASSWORD '{Password}'; GRANT {owner} TO {login}; GRANT CREATE ON DATABASE {lab.Database} TO {owner}");
        // The application of the other tenants is not of these tests, and belongs to nobody who loads.
        await lab.ExecuteAsync("DROP SCHEMA tenant_other CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC;"
            + "CREATE EXTENSION citext SCHEMA public; CREATE FUNCTION public.shared(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';"
            + "CREATE FUNCTION public.noticed() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'");
        await lab.ExecuteAsync($"""
            SET ROLE {owner};
            CREATE SCHEMA tenant_demo;
            CREATE FUNCTION tenant_demo.really(int) RETURNS bool LANGUAGE plpgsql VOLATILE AS $$ BEGIN
              BEGIN EXECUTE 'ALTER ROLE {owner} SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END; RETURN true; END $$;
            CREATE FUNCTION tenant_demo.grab(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN tenant_demo.really($1); END $$;
            CREATE FUNCTION tenant_demo.grabs(int, int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN tenant_demo.really($1); END $$;
            {table};
            """);
        if (table.Contains("planted", StringComparison.Ordinal))
            await lab.ExecuteAsync($"SET ROLE {owner}; INSERT INTO tenant_demo.planted (id) SELECT {(table.Contains("d[]", StringComparison.Ordinal) ? "ARRAY[i]" : "i")} FROM generate_series(1, 3) i");
        Assert.False(await IsSuperAsync(owner));
        return (owner, login);
    }
}
