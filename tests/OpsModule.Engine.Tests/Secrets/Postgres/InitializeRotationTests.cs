using Npgsql;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Postgres;
using OpsModule.Engine.Areas.Secrets.Postgres.Layout;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Postgres;

/// <summary>Two logins that take turns, made out of one.</summary>
[Collection(LoginServer.Name)]
public sealed class InitializeRotationTests(LoginServerFixture server)
{
    private const string Secret = "single-value-K4";

    private readonly PostgresFixture _postgres = server.Postgres;

    [Fact]
    public async Task One_login_becomes_two_that_may_do_and_own_the_same_and_one_again()
    {
        (DatabaseSettings database, LayoutNames names) = await MakeAsync();
        using var lab = new BackupLab(database);
        string before = await LookAsync(names, database.Database);
        ChangePlan plan = (await new LayoutPlanner(lab.Context).PlanAsync(names, default))!;
        Assert.Contains(plan.Warnings, w => w.Contains("function public.who()", StringComparison.Ordinal));

        ChangeResult made = (await new ChangeRunner(lab.Context).RunAsync(plan, default))!;

        Assert.Equal($"postgres: {{ database: main, logins: [ {names.Login}, {names.Second} ], owner: {names.Owner} }}", ((RotationLayout)made.Value!).Entry);
        await using (NpgsqlConnection session = await OpenAsync(names.Login, database.Database))
        {
            Assert.Equal(names.Owner, await AskAsync(session, "SELECT current_user::text"));
            Assert.Equal("5MB", await AskAsync(session, "SELECT current_setting('work_mem')"));
            Assert.Equal("7", await AskAsync(session, "INSERT INTO public.mine VALUES (7) RETURNING i::text"));
            Assert.Equal("1", await AskAsync(session, "SELECT count(*)::text FROM public.granted"));
        }
        Assert.Null(await new LayoutPlanner(lab.Context).PlanAsync(names, default));
        var entry = new SecretEntry { Name = "db", Kind = SecretKind.Postgres, Database = "main", Logins = [names.Login, names.Second], Owner = names.Owner };
        Assert.Equal(names.Second, (await new PostgresSecretDriver(lab.Context, entry).LookAsync(new SecretMaterial(Secret, names.Login), default)).NextLogin);
        string verifier = await _postgres.ScalarAsync<string>("postgres", $"SELECT rolpassword FROM pg_authid WHERE rolname = '{names.Login}'");
        Assert.DoesNotContain(verifier, server.ReadLog());
        Assert.DoesNotContain(verifier, string.Concat(Directory.EnumerateFiles(Path.Combine(lab.Folder, ".ops"), "*", SearchOption.AllDirectories).Select(File.ReadAllText)));

        await new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(made.Change!)!, default);
        Assert.Equal(before, await LookAsync(names, database.Database));
        await using NpgsqlConnection again = await OpenAsync(names.Login, database.Database);
    }

    [Fact]
    public async Task Once_it_was_rotated_it_is_not_taken_back()
    {
        (DatabaseSettings database, LayoutNames names) = await MakeAsync();
        using var lab = new BackupLab(database);
        ChangeResult made = (await new ChangeRunner(lab.Context).RunAsync((await new LayoutPlanner(lab.Context).PlanAsync(names, default))!, default))!;
        await _postgres.ExecuteAsync("postgres", $"ALTER ROLE {names.Second} PASSWORD 'rotated'");
        OpsException refused = await Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(made.Change!)!, default));
        Assert.Equal("ChangeNotUndoable", refused.ErrorId);
        await using NpgsqlConnection session = await OpenAsync(names.Login, database.Database);
    }

    [Fact]
    public async Task What_cannot_be_made_two_is_refused()
    {
        (DatabaseSettings database, LayoutNames names) = await MakeAsync();
        using var lab = new BackupLab(database);
        Task<OpsException> RefusedAsync(LayoutNames other) => Assert.ThrowsAsync<OpsException>(() => new LayoutPlanner(lab.Context).PlanAsync(other, default));
        Assert.Equal("SecretLayoutRefused", (await RefusedAsync(names with { Second = names.Owner })).ErrorId);
        Assert.Equal("SecretLoginMissing", (await RefusedAsync(names with { Login = names.Login + "_x" })).ErrorId);
        Assert.Contains("superuser", (await RefusedAsync(names with { Login = "postgres" })).Message);
        await _postgres.ExecuteAsync("postgres", $"CREATE ROLE {names.Second}");
        Assert.Contains("is there already", (await RefusedAsync(names)).Message);
        await _postgres.ExecuteAsync("postgres", $"DROP ROLE {names.Second}");

        lab.Context = BackupLab.ContextOf(lab.Folder, database with { User = names.Login, Password = SecretReference.Literal(Secret) }, ["local"], lab.Reporter);
        Assert.Equal("SecretLoginForbidden", (await RefusedAsync(names)).ErrorId);
    }

    [Fact]
    public async Task It_is_gone_on_with_and_taken_back_wherever_it_was_killed()
    {
        await using var lab = new LayoutLab(this);
        await KilledKinds.ProveAsync(lab);
    }

    private async Task<(DatabaseSettings Database, LayoutNames Names)> MakeAsync()
    {
        DatabaseSettings database = await _postgres.CreateDatabaseAsync();
        LayoutNames names = LayoutNames.Of("main", "one_" + Guid.NewGuid().ToString("N")[..8], null, null);
        await FillAsync(names, database.Database);
        return (database, names);
    }

    private async Task FillAsync(LayoutNames names, string database)
    {
        string login = names.Login;
        await _postgres.ExecuteAsync(database, $"""
            CREATE ROLE {login} LOGIN PASSWORD '{Secret}' CONNECTION LIMIT 30 IN ROLE pg_monitor;
            ALTER ROLE {login} SET work_mem = '5MB'; ALTER ROLE {login} IN DATABASE {database} SET search_path = public, pg_catalog;
            CREATE TABLE public.mine (i int); ALTER TABLE public.mine OWNER TO {login}; CREATE TABLE public.granted AS SELECT 1 AS i; GRANT SELECT ON public.granted TO {login};
            ALTER TABLE public.granted ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON public.granted TO {login} USING (true);
            CREATE FUNCTION public.who() RETURNS text LANGUAGE sql AS 'SELECT session_user::text';
            ALTER DEFAULT PRIVILEGES FOR ROLE {login} GRANT SELECT ON TABLES TO pg_monitor
            """);
    }

    /// <summary>All that there is of the roles, without object ids.</summary>
    private Task<string> LookAsync(LayoutNames names, string database) => _postgres.ScalarAsync<string>(database, $"""
        SELECT coalesce(string_agg(r.rolname::text || r.rolcanlogin || r.rolconnlimit || (a.rolpassword IS NOT NULL) || coalesce((SELECT string_agg(s.setconfig::text, ';' ORDER BY s.setdatabase)
            FROM pg_db_role_setting s WHERE s.setrole = r.oid), '') || coalesce((SELECT string_agg(g.rolname, ',' ORDER BY 1) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
            WHERE m.member = r.oid), ''), ' | ' ORDER BY r.rolname), 'none') || coalesce((SELECT tableowner FROM pg_tables WHERE tablename = 'mine'), '')
        FROM pg_roles r JOIN pg_authid a ON a.oid = r.oid WHERE r.rolname IN ('{names.Login}', '{names.Second}', '{names.Owner}')
        """);

    private async Task<NpgsqlConnection> OpenAsync(string login, string database)
    {
        var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={_postgres.Port};Username={login};Password={Secret};Database={database};Pooling=false;Timeout=15");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<string?> AskAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() as string;
    }

    /// <summary>A database whose one login is made two, in a process that dies.</summary>
    private sealed class LayoutLab(InitializeRotationTests tests) : KilledLab
    {
        private readonly LayoutNames _names = LayoutNames.Of("main", "one_" + Guid.NewGuid().ToString("N")[..8], null, null);
        private string? _database;

        public override string Folder { get; } = Directory.CreateTempSubdirectory("ops-layout-").FullName;

        public override async Task PrepareAsync()
        {
            string roles = $"{_names.Login}, {_names.Second}, {_names.Owner}";
            if (_database is not null) await tests._postgres.ExecuteAsync("postgres", $"DROP DATABASE {_database} WITH (FORCE)");
            await tests._postgres.ExecuteAsync("postgres", $"DROP ROLE IF EXISTS {roles}");
            DatabaseSettings database = await tests._postgres.CreateDatabaseAsync();
            // The environment of the lab is read once, and names the database.
            if (_database is null) _database = database.Database;
            else await tests._postgres.ExecuteAsync("postgres", $"ALTER DATABASE {database.Database} RENAME TO {_database}");
            await tests.FillAsync(_names, _database);
            await File.WriteAllTextAsync(Path.Combine(Folder, "ops.yaml"),
                $"environment: lab\ndatabases: {{ main: {{ host: 127.0.0.1, port: {tests._postgres.Port}, name: {_database}, user: postgres, password: {PostgresFixture.Password} }} }}\n");
        }

        public override async Task<ChangePlan> PlanAsync() => (await new LayoutPlanner(Context).PlanAsync(_names, default))!;

        public override Task<string> LookAsync() => tests.LookAsync(_names, _database!);
    }
}
