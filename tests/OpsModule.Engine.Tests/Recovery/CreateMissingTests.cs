using Npgsql;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Areas.Recovery.Missing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>A restore on a server without the roles of the backup.</summary>
[Collection(PostgresRestores.Name)]
public sealed class CreateMissingTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Missing_roles_are_made_without_powers_and_never_changed_when_they_are_there()
    {
        string id = Guid.NewGuid().ToString("N")[..8], owner = "owner_" + id, app = "app_" + id, dba = "dba_" + id, kept = "kept_" + id;
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync("postgres", $"""
            CREATE ROLE {owner} NOLOGIN; CREATE ROLE {app} LOGIN PASSWORD 'app-pw' CONNECTION LIMIT 4 IN ROLE {owner}; CREATE ROLE {kept} SUPERUSER;
            CREATE ROLE {dba} SUPERUSER CREATEROLE LOGIN PASSWORD 'dba-pw' IN ROLE pg_read_server_files; GRANT {kept} TO {app};
            ALTER ROLE {app} SET work_mem = '6MB'; ALTER ROLE {dba} SET local_preload_libraries = 'evil'
            """);
        await postgres.ExecuteAsync(database.Database, $"CREATE TABLE t AS SELECT generate_series(1, 10) i; ALTER TABLE t OWNER TO {owner}; GRANT SELECT ON t TO {app}");
        using KitLab lab = await KitLab.CreateAsync(database);
        BackupRecord backup = await lab.BackUpAsync();
        await postgres.ExecuteAsync("postgres", $"DROP DATABASE {database.Database}");
        await postgres.ExecuteAsync("postgres", $"DROP ROLE {app}, {owner}, {dba}; ALTER ROLE {kept} NOSUPERUSER CONNECTION LIMIT 1");

        OpsException missing = await Assert.ThrowsAsync<OpsException>(() => RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = backup }, default));
        Assert.Equal("RolesMissing", missing.ErrorId);
        Assert.Contains("-CreateMissing", missing.RecommendedAction);

        ChangePlan plan = await PlanAsync(lab, backup, privileged: false);
        Assert.Contains(plan.Steps, s => s.Text.Contains($"role {app}: logs in", StringComparison.Ordinal));
        Assert.Contains(plan.Warnings, w => w.Contains($"role {dba}: SUPERUSER, CREATEROLE", StringComparison.Ordinal) && w.Contains("pg_read_server_files", StringComparison.Ordinal) && w.Contains("evil", StringComparison.Ordinal));
        Assert.DoesNotContain("SCRAM", System.Text.Json.JsonSerializer.Serialize(plan));
        await new ChangeRunner(lab.Context).RunAsync(plan, default);

        Assert.Equal($"{app} f t 4 {{work_mem=6MB}}, {dba} f t -1 , {kept} f f 1 , {owner} f f -1 ", await RolesAsync(id));
        // Not in a role that was there: that would hand its rights to whatever a manifest names.
        Assert.Equal($"{app} in {owner}", await MembersAsync(id));
        Assert.Null(await new GlobalsPlanner(lab.Context).PlanAsync(backup, "main", false, true, default));
        Assert.DoesNotContain("SCRAM", string.Concat(Directory.EnumerateFiles(Path.Combine(lab.Machine, ".ops"), "*", SearchOption.AllDirectories).Select(File.ReadAllText)));
        Assert.DoesNotContain("SCRAM", await ServerSaidAsync());

        await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup }, default);
        await using var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={postgres.Port};Username={app};Password=app-pw;Database={database.Database};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM t", connection);
        Assert.Equal(10L, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Powers_are_given_only_when_somebody_has_agreed_and_all_is_taken_back()
    {
        string id = Guid.NewGuid().ToString("N")[..8], dba = "dba_" + id;
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync("postgres", $"CREATE ROLE {dba} SUPERUSER CREATEROLE LOGIN IN ROLE pg_read_server_files; ALTER ROLE {dba} SET work_mem = '9MB'");
        using KitLab lab = await KitLab.CreateAsync(database);
        BackupRecord backup = await lab.BackUpAsync();
        await postgres.ExecuteAsync("postgres", $"DROP ROLE {dba}");

        ChangePlan plan = await PlanAsync(lab, backup, privileged: true);
        Assert.Contains(plan.Steps, s => s.Text.Contains("SUPERUSER", StringComparison.Ordinal));
        Assert.Contains(plan.Warnings, w => w.Contains("powers over the whole server", StringComparison.Ordinal));
        // It has no password, and so no way in.
        Assert.Contains(plan.Warnings, w => w.Contains("without login", StringComparison.Ordinal) && w.Contains(dba, StringComparison.Ordinal));
        ChangeResult made = (await new ChangeRunner(lab.Context).RunAsync(plan, default))!;
        Assert.Equal($"{dba} t f -1 {{work_mem=9MB}}", await RolesAsync(id));
        await new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(made.Change!)!, default);
        Assert.Equal("", await RolesAsync(id));
    }

    [Fact]
    public async Task A_tablespace_is_made_where_its_folder_is_and_the_restore_puts_its_tables_there()
    {
        string id = Guid.NewGuid().ToString("N")[..8], here = "here_" + id, gone = "gone_" + id;
        foreach (string space in (string[])[here, gone])
        {
            Directory.CreateDirectory(Path.Combine(postgres.Folder, space));
            await System.Diagnostics.Process.Start("chown", ["postgres", Path.Combine(postgres.Folder, space)]).WaitForExitAsync();
            await postgres.ExecuteAsync("postgres", $"CREATE TABLESPACE {space} LOCATION '{Path.Combine(postgres.Folder, space)}'");
        }
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, $"CREATE TABLE t TABLESPACE {here} AS SELECT generate_series(1, 10) i; CREATE TABLE u TABLESPACE {gone} AS SELECT 1 i");
        using KitLab lab = await KitLab.CreateAsync(database);
        BackupRecord backup = await lab.BackUpAsync();
        await postgres.ExecuteAsync("postgres", $"DROP DATABASE {database.Database}");
        await postgres.ExecuteAsync("postgres", $"DROP TABLESPACE {here}");
        await postgres.ExecuteAsync("postgres", $"DROP TABLESPACE {gone}");
        Directory.Delete(Path.Combine(postgres.Folder, gone), recursive: true);

        ChangePlan plan = await PlanAsync(lab, backup, privileged: false);
        Assert.Contains(plan.Steps, s => s.Text == $"Make tablespace {here} in {Path.Combine(postgres.Folder, here)}.");
        Assert.Contains(plan.Warnings, w => w.Contains($"Tablespace {gone} is not made: its folder", StringComparison.Ordinal) && w.Contains("-NoTablespaces", StringComparison.Ordinal));
        ChangeResult made = (await new ChangeRunner(lab.Context).RunAsync(plan, default))!;
        // One is still missing, and that is told before anything is begun.
        Assert.Contains(gone, (await RecoveryLab.FailsAsync("TablespacesMissing", () => RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = backup }, default))).Message);
        await new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(made.Change!)!, default);
        Assert.Equal(0L, await postgres.ScalarAsync<long>("postgres", $"SELECT count(*) FROM pg_tablespace WHERE spcname = '{here}'"));

        // Its folder comes back, as an operator makes it.
        Directory.CreateDirectory(Path.Combine(postgres.Folder, gone));
        await System.Diagnostics.Process.Start("chown", ["postgres", Path.Combine(postgres.Folder, gone)]).WaitForExitAsync();
        await new ChangeRunner(lab.Context).RunAsync(await PlanAsync(lab, backup, privileged: false), default);
        RestoreRecord restored = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup }, default);
        Assert.Equal(RestoreState.Restored, restored.State);
        Assert.Equal($"{gone}, {here}", await postgres.ScalarAsync<string>(database.Database,
            "SELECT string_agg(s.spcname, ', ' ORDER BY s.spcname) FROM pg_class c JOIN pg_tablespace s ON s.oid = c.reltablespace WHERE c.relname IN ('t', 'u')"));
        Assert.Equal(10L, await postgres.ScalarAsync<long>(database.Database, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_drill_reads_the_roles_and_tells_of_those_that_are_not_there()
    {
        string owner = "drilled_" + Guid.NewGuid().ToString("N")[..8];
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        await postgres.ExecuteAsync(database.Database, $"CREATE ROLE {owner} NOLOGIN; CREATE TABLE t AS SELECT 1 i; ALTER TABLE t OWNER TO {owner}");
        using KitLab lab = await KitLab.CreateAsync(database);
        BackupRecord backup = await lab.BackUpAsync();
        DrillResult well = await new RecoveryDrill(lab.Context).RunAsync(backup, default);
        Assert.True(well.Passed, string.Join("; ", well.Failures));

        // The roles of a moment at which it was not there: what came with another backup.
        await postgres.ExecuteAsync(database.Database, "DROP TABLE t");
        await postgres.ExecuteAsync("postgres", $"DROP ROLE {owner}");
        BackupRecord other = await lab.BackUpAsync();
        DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync(backup with { ClusterGlobals = other.ClusterGlobals }, default);
        Assert.Contains(drill.Failures, f => f.Contains("did not come with the backup: " + owner, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_backup_without_roles_says_so()
    {
        using KitLab lab = await KitLab.CreateAsync(await postgres.CreateDatabaseAsync());
        BackupRecord backup = await lab.BackUpAsync() with { ClusterGlobals = null };
        Assert.Equal("GlobalsMissing", (await Assert.ThrowsAsync<OpsException>(() => new GlobalsPlanner(lab.Context).PlanAsync(backup, "main", false, true, default))).ErrorId);
    }

    private static async Task<ChangePlan> PlanAsync(KitLab lab, BackupRecord backup, bool privileged) =>
        (await new GlobalsPlanner(lab.Context).PlanAsync(backup, "main", privileged, true, default))!;

    private Task<string> RolesAsync(string id) => postgres.ScalarAsync<string>("postgres",
        $"SELECT coalesce(string_agg(format('%s %s %s %s %s', rolname, rolsuper, rolcanlogin, rolconnlimit, rolconfig), ', ' ORDER BY rolname), '') FROM pg_roles WHERE rolname ~ '{id}'");

    private Task<string> MembersAsync(string id) => postgres.ScalarAsync<string>("postgres",
        $"SELECT coalesce(string_agg(format('%s in %s', member::regrole, roleid::regrole), ', '), '') FROM pg_auth_members WHERE member::regrole::text ~ '{id}'");

    private Task<string> ServerSaidAsync() => postgres.ScalarAsync<string>("postgres", "SELECT coalesce(string_agg(query, ' '), '') FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
}
