using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>Databases that pg_restore restores and that once could not be restored here.</summary>
[Collection(PostgresRestores.Name)]
public sealed class WholeRestoreFaultTests(PostgresFixture postgres)
{
    private const string Partitions = """
        CREATE TYPE tenant_demo.feeling AS ENUM ('a', 'b', 'c', 'd', 'e');
        CREATE TABLE tenant_demo.t (m tenant_demo.feeling, id int) PARTITION BY HASH (m);
        CREATE TABLE tenant_demo.t0 PARTITION OF tenant_demo.t FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE tenant_demo.t1 (id int, m tenant_demo.feeling);
        ALTER TABLE tenant_demo.t ATTACH PARTITION tenant_demo.t1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO tenant_demo.t SELECT (enum_range(NULL::tenant_demo.feeling))[i % 5 + 1], i FROM generate_series(1, 1000) i;
        CREATE TABLE tenant_demo.l (k int, m tenant_demo.feeling) PARTITION BY LIST (k);
        CREATE TABLE tenant_demo.l1 PARTITION OF tenant_demo.l FOR VALUES IN (1);
        CREATE TABLE tenant_demo.l2 PARTITION OF tenant_demo.l FOR VALUES IN (2) PARTITION BY HASH (m);
        CREATE TABLE tenant_demo.l2a PARTITION OF tenant_demo.l2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE tenant_demo.l2b PARTITION OF tenant_demo.l2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        INSERT INTO tenant_demo.l SELECT i % 2 + 1, (enum_range(NULL::tenant_demo.feeling))[i % 5 + 1] FROM generate_series(1, 1000) i;
        """;

    [Theory]
    [InlineData(null)]
    [InlineData(RecoveryLab.Demo)]
    public async Task Partitions_whose_rows_go_through_the_root_come_back(string? tenant)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync(Partitions);
        BackupRecord backup = await lab.BackUpAsync(tenant);
        Assert.Contains(backup.Tables, t => t.Table == "t1");
        List<string> before = await RowsAsync(lab);
        await lab.ExecuteAsync("DELETE FROM tenant_demo.t; DELETE FROM tenant_demo.l WHERE k = 2");
        await lab.RestoreAsync(backup);
        Assert.Equal(before, await RowsAsync(lab));
        DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync(backup, default);
        Assert.True(drill.Passed, string.Join("; ", drill.Failures));
    }

    private static Task<List<string>> RowsAsync(RecoveryLab lab) =>
        lab.ListAsync("SELECT concat_ws('|', 't', m, id) FROM tenant_demo.t UNION ALL SELECT concat_ws('|', 'l', k, m, count(*)) FROM tenant_demo.l GROUP BY k, m ORDER BY 1");

    [Fact]
    public async Task A_tenant_whose_partition_belongs_to_a_table_outside_is_refused_before_a_live_row_is_touched()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync("""
            CREATE TYPE public.mood AS ENUM ('a', 'b'); CREATE TABLE public.outer_t (m public.mood) PARTITION BY HASH (m);
            CREATE TABLE tenant_demo.inner_t PARTITION OF public.outer_t FOR VALUES WITH (MODULUS 1, REMAINDER 0); INSERT INTO public.outer_t VALUES ('a'), ('b');
            """);
        BackupRecord backup = await lab.BackUpAsync();
        await RecoveryLab.FailsAsync("PartitionRootOutside", () => lab.RestoreAsync(backup));
        await lab.ExecuteAsync("DROP SCHEMA tenant_demo CASCADE; CREATE TABLE public.other PARTITION OF public.outer_t FOR VALUES WITH (MODULUS 1, REMAINDER 0)");
        await RecoveryLab.FailsAsync("PartitionRootOutside", () => lab.RestoreAsync(backup));
        Assert.Equal(0L, await lab.ScalarAsync<long>("SELECT count(*) FROM public.outer_t"));
    }

    [Fact]
    public async Task Functions_of_generated_columns_and_of_domains_in_arrays_find_the_tables_before_theirs()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync("""
            CREATE TABLE public.a_rate (id int, factor int); INSERT INTO public.a_rate SELECT i, i * 2 FROM generate_series(1, 20000) i;
            CREATE FUNCTION public.factor(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT factor FROM public.a_rate WHERE id = $1';
            CREATE DOMAIN public.rate AS int CHECK (public.factor(VALUE) IS NOT NULL);
            CREATE TYPE public.pair AS (a public.rate, b int);
            CREATE TABLE public.b_priced (id int, price int GENERATED ALWAYS AS (public.factor(id)) STORED); INSERT INTO public.b_priced SELECT 20000 - i FROM generate_series(1, 40) i;
            CREATE TABLE public.c_listed (rates public.rate[], p public.pair); INSERT INTO public.c_listed VALUES ('{19999,20000}', '(20000,1)');
            """);
        BackupRecord backup = await lab.BackUpAsync(null);
        string before = await SchemaText.ReadAsync(lab.Lab.Database, null);
        for (int i = 0; i < 3; i++) await lab.RestoreAsync(backup);
        Assert.Equal(before, await SchemaText.ReadAsync(lab.Lab.Database, null));
        Assert.Equal(0L, await lab.ScalarAsync<long>("SELECT count(*) FROM public.b_priced WHERE price IS DISTINCT FROM id * 2"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(RecoveryLab.Demo)]
    public async Task A_comment_may_hold_whatever_pg_restore_writes(string? tenant)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        const string text = "E'it''s\\n--\\n-- TOC entry 999999 (class 1259 OID 1)\\n--\\nSET default_tablespace = x;\\n\\\\unrestrict abc\\nSET row_security = off;\\n$x$ /* \"'";
        await lab.ExecuteAsync($"""
            CREATE INDEX odd ON tenant_demo.marker (version); COMMENT ON INDEX tenant_demo.odd IS {text}; COMMENT ON TABLE tenant_demo.marker IS {text}; COMMENT ON SCHEMA tenant_demo IS {text};
            CREATE FUNCTION tenant_demo.odd() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN '
            --
            -- TOC entry 1 (class 1259 OID 1)
            --
            \unrestrict x
            '; END $f$;
            CREATE TABLE tenant_demo."new
            --
            -- TOC entry 2 (class 1259 OID 2)
            --
            line" (i int); CREATE INDEX ON tenant_demo."new
            --
            -- TOC entry 2 (class 1259 OID 2)
            --
            line" (i);
            """);
        BackupRecord backup = await lab.BackUpAsync(tenant);
        string before = await lab.DescribeAsync("tenant_demo");
        await lab.RestoreAsync(backup);
        Assert.Equal(before, await lab.DescribeAsync("tenant_demo"));
        DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync(backup, default);
        Assert.True(drill.Passed, string.Join("; ", drill.Failures));
    }

    [Fact]
    public async Task Statistics_that_cannot_be_gathered_are_told_and_stop_nothing()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync("""
            CREATE EXTENSION postgres_fdw; CREATE SERVER gone FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');
            CREATE USER MAPPING FOR CURRENT_USER SERVER gone;
            CREATE TABLE public.p (i int) PARTITION BY LIST (i); CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES IN (1); CREATE FOREIGN TABLE public.p2 PARTITION OF public.p FOR VALUES IN (2) SERVER gone;
            INSERT INTO public.p VALUES (1); CREATE TABLE public.s (d int); INSERT INTO public.s SELECT i FROM generate_series(1, 100) i;
            """);
        await lab.ExecuteAsync("CREATE STATISTICS public.st ON (d + 1) FROM public.s; INSERT INTO public.s VALUES (2147483647)");
        BackupRecord backup = await lab.BackUpAsync(null);
        Assert.Equal(RestoreState.Replaced, (await lab.RestoreAsync(backup)).State);
        Assert.Contains(lab.Warnings, w => w.StartsWith("The statistics of public.p could not be gathered (could not connect to server", StringComparison.Ordinal));
        Assert.Contains(lab.Warnings, w => w.StartsWith("The statistics of public.s could not be gathered (integer out of range", StringComparison.Ordinal));
        Assert.True(await lab.ScalarAsync<float>("SELECT reltuples FROM pg_class WHERE oid = 'tenant_demo.customers'::regclass") > 0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(RecoveryLab.Demo)]
    public async Task A_database_that_was_made_read_only_can_be_restored_undone_and_removed_and_stays_so(string? tenant)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(tenant);
        await lab.ExecuteAsync("DELETE FROM tenant_demo.marker");
        await lab.ExecuteAsync($"ALTER DATABASE {lab.Database} SET default_transaction_read_only = on");
        RestoreRecord record = await lab.RestoreAsync(backup);
        Assert.Equal(1L, await lab.ScalarAsync<long>("SELECT count(*) FROM tenant_demo.marker"));
        Assert.Equal("on", await lab.ScalarAsync<string>("SHOW default_transaction_read_only"));
        var catalog = new RestoreCatalog(lab.Context);
        await RecoveryLab.UndoAsync(lab.Context, Assert.Single(await catalog.ListAsync(null, default)), TimeSpan.FromSeconds(20), default);
        Assert.Equal(0L, await lab.ScalarAsync<long>("SELECT count(*) FROM tenant_demo.marker"));
        await RecoveryLab.RemoveAsync(lab.Context, Assert.Single(await catalog.ListAsync(null, default)), default);
        Assert.Empty(await catalog.ListAsync(null, default));
    }

    [Fact]
    public async Task A_template_stays_one_and_what_was_replaced_can_be_removed()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync($"ALTER DATABASE {lab.Database} IS_TEMPLATE true");
        BackupRecord backup = await lab.BackUpAsync(null);
        await lab.RestoreAsync(backup);
        Assert.True(await lab.ScalarAsync<bool>("SELECT datistemplate FROM pg_database WHERE datname = current_database()"));
        var catalog = new RestoreCatalog(lab.Context);
        await RecoveryLab.RemoveAsync(lab.Context, Assert.Single(await catalog.ListAsync(null, default)), default);
        Assert.Empty(await catalog.ListAsync(null, default));
        await postgres.ExecuteAsync("postgres", $"ALTER DATABASE {lab.Database} IS_TEMPLATE false");
    }

    [Fact]
    public async Task A_name_that_PostgreSQL_would_cut_is_refused()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(null);
        await RecoveryLab.FailsAsync("NameTooLong", () => RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, As = new string('é', 32) }, default));
    }

    [Fact]
    public async Task Tablespaces_that_the_server_does_not_have_are_told_before_and_can_be_left_out()
    {
        string space = "space_" + Guid.NewGuid().ToString("N")[..8], folder = Path.Combine(postgres.Folder, space);
        Directory.CreateDirectory(folder);
        await System.Diagnostics.Process.Start("chown", ["postgres", folder]).WaitForExitAsync();
        await postgres.ExecuteAsync("postgres", $"CREATE TABLESPACE {space} LOCATION '{folder}'");
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync($"CREATE TABLE tenant_demo.far (i int) TABLESPACE {space}; INSERT INTO tenant_demo.far VALUES (1); CREATE INDEX far_i ON tenant_demo.far (i) TABLESPACE {space}; CREATE TABLE tenant_demo.near (i int)");
        BackupRecord whole = await lab.BackUpAsync(null), part = await lab.BackUpAsync();
        await lab.RestoreAsync(whole);
        Assert.Equal(1L, await lab.ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'far' AND reltablespace <> 0"));
        foreach (BackupRecord backup in new[] { whole, part })
        {
            DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync(backup, default);
            Assert.True(drill.Passed, string.Join("; ", drill.Failures));
        }
        foreach (RestoreRecord kept in await new RestoreCatalog(lab.Context).ListAsync(null, default)) await RecoveryLab.RemoveAsync(lab.Context, kept, default);
        await lab.ExecuteAsync("DROP TABLE tenant_demo.far");
        await postgres.ExecuteAsync("postgres", $"DROP TABLESPACE {space}");

        OpsException error = await RecoveryLab.FailsAsync("TablespacesMissing", () => RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = whole }, default));
        Assert.Contains(space, error.Message);
        Assert.Contains("-NoTablespaces", error.RecommendedAction);
        await RecoveryLab.FailsAsync("TablespacesMissing", () => RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = part }, default));
        await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = whole, NoTablespaces = true }, default);
        Assert.Equal(1L, await lab.ScalarAsync<long>("SELECT count(*) FROM tenant_demo.far"));
    }

    [Fact]
    public async Task An_extension_that_the_role_may_not_create_is_told_before()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string role = "r" + Guid.NewGuid().ToString("N")[..10];
        await lab.ExecuteAsync($"CREATE EXTENSION dblink; CREATE ROLE {role} LOGIN CREATEDB PASSWORD '{PostgresFixture.Password}'; DO $$ DECLARE r text; BEGIN FOR r IN SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> '{role}' LOOP EXECUTE format('GRANT %I TO {role}', r); END LOOP; END $$");
        BackupRecord backup = await lab.BackUpAsync(null);
        OpsContext context = BackupLab.ContextOf(lab.Lab.Folder, lab.Lab.Database with { User = role }, ["local"], lab.Lab.Reporter);
        OpsException error = await RecoveryLab.FailsAsync("PrivilegeMissing", () => RecoveryLab.PlanAsync(context, new RestoreRequest { Backup = backup }, default));
        Assert.Contains("may not create the extensions dblink", error.Message);
    }

    [Fact]
    public async Task A_damaged_gzip_backup_is_told_as_such()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = (await lab.Lab.BackUpAsync(new BackupRequest { Compression = Compression.Gzip })).Single();
        string path = Path.Combine(lab.Lab.Folder, "local", backup.Key);
        byte[] whole = await File.ReadAllBytesAsync(path);
        for (int at = 12; at < whole.Length; at += whole.Length / 9)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x10;
            await File.WriteAllBytesAsync(path, damaged);
            OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.RestoreAsync(backup));
            // Rows that are altered may reach the server before the end of the stored object is read, and be refused there.
            Assert.True(error.ErrorId is "BackupAltered" or "ArchiveUnreadable" or "LoadFailed" or "RestoreFailed", $"{at}: {error.ErrorId}: {error.Message}");
            Assert.Equal(1L, await lab.ScalarAsync<long>("SELECT count(*) FROM tenant_demo.marker"));
        }
        Assert.Empty(await new RestoreCatalog(lab.Context).ListAsync(null, default));
    }

    [Fact]
    public async Task An_event_trigger_that_forbids_statements_is_named()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync("CREATE FUNCTION public.no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''DDL is forbidden''; END'; CREATE EVENT TRIGGER forbid ON ddl_command_start EXECUTE FUNCTION public.no_ddl()");
        OpsException error = await RecoveryLab.FailsAsync("RestoreFailed", () => lab.RestoreAsync(backup));
        Assert.Contains("DDL is forbidden", error.Message);
        Assert.Contains("event trigger", error.RecommendedAction);
    }
}
