using System.Text;
using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Catalogues;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>What a restore and a drill say when what they made is not what the backup was made of.</summary>
[Collection(PostgresRestores.Name)]
public sealed class CatalogueCheckTests(PostgresFixture postgres)
{
    private const string Tables = """
        CREATE TABLE tenant_a.t (id serial PRIMARY KEY, note text); INSERT INTO tenant_a.t (note) SELECT 'n' FROM generate_series(1, 9);
        ALTER TABLE tenant_a.t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON tenant_a.t USING (id > 3); CREATE VIEW tenant_a.v AS SELECT id FROM tenant_a.t;
        CREATE FUNCTION tenant_a.f() RETURNS int LANGUAGE sql SET work_mem = '5MB' AS 'SELECT 1'; COMMENT ON TABLE tenant_a.t IS 'a table'; COMMENT ON SCHEMA tenant_a IS 'the tenant';
        """;

    public static TheoryData<string, string, bool> Changes => new()
    {
        { "GRANT SELECT ON tenant_a.t TO torture_reader", "table tenant_a.t: grants.torture_reader was nothing, is SELECT", true },
        { "GRANT UPDATE (note) ON tenant_a.t TO PUBLIC", "columns tenant_a.t: column.note.grants.PUBLIC was nothing, is UPDATE", true },
        { "ALTER VIEW tenant_a.v OWNER TO torture_app", "view tenant_a.v: owner was postgres, is torture_app", true },
        { "ALTER TABLE tenant_a.t DISABLE ROW LEVEL SECURITY", "table tenant_a.t: row security was yes, is nothing", true },
        { "DROP POLICY p ON tenant_a.t", "policy tenant_a.t p was there and is not", true },
        { "ALTER POLICY p ON tenant_a.t USING (true)", "policy tenant_a.t p: using was (id > 3), is true", true },
        { "ALTER FUNCTION tenant_a.f() SECURITY DEFINER", "function tenant_a.f(): security definer was nothing, is yes", true },
        { "GRANT CREATE ON SCHEMA tenant_a TO PUBLIC", "schema tenant_a: grants.PUBLIC was nothing, is CREATE", true },
        { "ALTER DEFAULT PRIVILEGES IN SCHEMA tenant_a GRANT SELECT ON TABLES TO PUBLIC", "default privileges tenant_a.postgres r was not there and is", true },
        { "REVOKE EXECUTE ON FUNCTION tenant_a.f() FROM PUBLIC", "function tenant_a.f(): grants.PUBLIC was EXECUTE, is nothing", false },
        { "ALTER FUNCTION tenant_a.f() SET work_mem = '6MB'", "function tenant_a.f(): settings was work_mem=5MB, is work_mem=6MB", false },
        { "COMMENT ON TABLE tenant_a.t IS 'other'", "table tenant_a.t: comment was a table, is other", false },
        { "COMMENT ON SCHEMA tenant_a IS NULL", "schema tenant_a: comment was the tenant, is nothing", false },
        { "ALTER TABLE tenant_a.t ALTER note SET STATISTICS 7", "columns tenant_a.t: column.note.statistics was nothing, is 7", false },
        { "ALTER TABLE tenant_a.t REPLICA IDENTITY FULL", "table tenant_a.t: replica identity was nothing, is f", false },
        { "CREATE INDEX more ON tenant_a.t (note)", "index tenant_a.more was not there and is", false },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Whatever_changes_is_found_and_told(string change, string expected, bool grave)
    {
        using BackupLab lab = await CreateAsync();
        BackupRecord backup = (await lab.BackUpAsync(new BackupRequest { Tenants = ["a"] })).Single();
        await Inventory.PsqlAsync(lab.Database, ["-c", change]);
        CatalogueDifference difference = Assert.Single((await CompareAsync(lab, backup)).Differences);
        Assert.Equal((expected, grave), (difference.ToString(), difference.IsGrave));
    }

    [Fact]
    public async Task What_the_server_says_in_other_words_once_it_has_read_it_is_no_difference()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync("tenant_{tenant}");
        string more = string.Join(", ", Enumerable.Range(0, 60).Select(i => $"'word{i}'"));
        await Inventory.PsqlAsync(database, ["-c", $"""
            CREATE SCHEMA tenant_a; CREATE DOMAIN tenant_a.state AS varchar(10) CHECK (VALUE IN ('a', 'b'));
            CREATE TABLE tenant_a.t (id int PRIMARY KEY, s varchar(10) DEFAULT 'new' CHECK (s IN ('new', 'it''s, [x]')), u varchar, o oid, ts varchar[] DEFAULT ARRAY['a', 'b']::varchar(5)[], g bool GENERATED ALWAYS AS (u IN ('a', 'b')) STORED);
            INSERT INTO tenant_a.t VALUES (1, 'new', 'x', 1); CREATE INDEX ON tenant_a.t (id) WHERE s IN ('new', 'old'); CREATE STATISTICS tenant_a.st ON (s IN ('a', 'b')), id FROM tenant_a.t;
            ALTER TABLE tenant_a.t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON tenant_a.t USING (s IN ('new', 'old') OR u NOT IN (s, lower(u), u || 'x') AND o IN ('pg_class'::regclass, 'pg_proc'::regclass));
            CREATE POLICY long ON tenant_a.t FOR INSERT WITH CHECK (s IN ({more}));
            CREATE VIEW tenant_a.v AS SELECT * FROM tenant_a.t WHERE u IN ('a', 'b'); CREATE VIEW tenant_a.w AS SELECT * FROM tenant_a.t WHERE s IN ({more});
            CREATE FUNCTION tenant_a.f(what varchar DEFAULT 'x') RETURNS bool BEGIN ATOMIC SELECT $1 IN ('a', 'b'); END;
            CREATE FUNCTION tenant_a.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER tr BEFORE UPDATE ON tenant_a.t FOR EACH ROW WHEN (NEW.s IN ('a', 'b')) EXECUTE FUNCTION tenant_a.f();
            CREATE RULE r AS ON INSERT TO tenant_a.v DO INSTEAD SELECT 1 WHERE NEW.u IN ('a', 'b'); CREATE TABLE tenant_a.parts (k varchar) PARTITION BY LIST ((k IN ('a', 'b')));
            """]);
        using var lab = new BackupLab(database);
        BackupRecord whole = (await lab.BackUpAsync()).Single(), tenant = (await lab.BackUpAsync(new BackupRequest { Tenants = ["a"] })).Single();
        foreach (BackupRecord backup in (BackupRecord[])[whole, tenant])
            Assert.Empty((await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup }, default)).Differences.Select(d => d.ToString()));
        DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync(whole, default);
        Assert.Empty(drill.Failures);
        Assert.Empty(drill.Notes);
        await Inventory.PsqlAsync(database, ["-c", "ALTER POLICY p ON tenant_a.t USING (s IN ('new', 'other'))"]);
        Assert.True(Assert.Single((await CompareAsync(lab, whole)).Differences).IsGrave);
    }

    [Fact]
    public async Task A_sequence_that_would_give_numbers_anew_is_found()
    {
        using BackupLab lab = await CreateAsync();
        BackupRecord backup = (await lab.BackUpAsync()).Single();
        Assert.Empty((await CompareAsync(lab, backup)).Differences);
        await Inventory.PsqlAsync(lab.Database, ["-c", "SELECT setval('tenant_a.t_id_seq', 3)"]);
        Assert.Equal("sequence tenant_a.t_id_seq: value was 9, is 3", Assert.Single((await CompareAsync(lab, backup)).Differences).ToString());
    }

    [Fact]
    public async Task A_tenant_that_would_be_opened_is_refused_unless_asked_for()
    {
        using BackupLab lab = await CreateAsync();
        BackupRecord backup = (await lab.BackUpAsync(new BackupRequest { Tenants = ["a"] })).Single();
        await OpenWhatIsMadeAsync(lab.Database);
        string[] before = await Inventory.ReadAsync(lab.Database, null);
        OpsException error = await RecoveryLab.FailsAsync("CatalogueDiffers", () => RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup }, default));
        Assert.Contains("table tenant_a.t: grants.torture_reader was nothing, is SELECT", error.Message);
        Inventory.AssertSame(before, await Inventory.ReadAsync(lab.Database, null));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
        RestoreRecord record = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, AllowDifferences = true }, default);
        Assert.Contains(record.Differences, d => d is { Object: "t", Property: "grants.torture_reader", Was: null, Is: "SELECT", IsGrave: true });
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("grants.torture_reader"));
        RestoreRecord kept = Assert.Single(await new RestoreCatalog(lab.Context).ListAsync(null, default));
        Assert.Equal(record.Differences, kept.Differences);
    }

    [Fact]
    public async Task A_whole_database_that_would_be_opened_is_refused_unless_asked_for()
    {
        using BackupLab lab = await CreateAsync();
        BackupRecord backup = (await lab.BackUpAsync()).Single();
        IReadOnlyList<CatalogueObject> objects = await ObjectsAsync(lab);
        BackupRecord closed = backup with { Catalogue = await PackAsync(objects, "\"PUBLIC\": \"EXECUTE\"", "\"torture_app\": \"EXECUTE\"") };
        await RecoveryLab.FailsAsync("CatalogueDiffers", () => RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = closed }, default));
        backup = backup with { Catalogue = await PackAsync(objects, "\"@owner\": \"DELETE,INSERT,REFERENCES,SELECT,TRIGGER,TRUNCATE,UPDATE\"", "\"@owner\": \"SELECT\", \"torture_reader\": \"SELECT\"") };
        RestoreRecord record = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup }, default);
        Assert.Contains(record.Differences, d => d is { Object: "t", Property: "grants.torture_reader", Was: "SELECT", Is: null, IsGrave: false });
        Assert.NotEmpty(lab.Reporter.Warnings);
    }

    [Fact]
    public async Task A_manifest_from_before_is_said_not_to_be_compared()
    {
        using BackupLab lab = await CreateAsync();
        BackupRecord backup = (await lab.BackUpAsync(new BackupRequest { Tenants = ["a"] })).Single() with { Catalogue = null };
        Assert.DoesNotContain("\"catalogue\"", Encoding.UTF8.GetString(ManifestFile.Write(backup)));
        RestoreRecord record = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup }, default);
        Assert.Null(record.Objects);
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("only rows and sequences were compared"));
        DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync(backup, default);
        Assert.Contains(drill.Notes, n => n.Contains("only rows and sequences were compared"));
    }

    [Fact]
    public async Task A_drill_fails_where_what_it_made_would_be_open()
    {
        using BackupLab lab = await CreateAsync();
        BackupRecord backup = (await lab.BackUpAsync()).Single();
        backup = backup with { Catalogue = await PackAsync(await ObjectsAsync(lab), "\"row security\": true", "\"row security\": true, \"row security forced\": true") };
        DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync(backup, default);
        Assert.Equal(["table tenant_a.t: row security forced was yes, is nothing."], drill.Failures);
    }

    [Fact]
    public async Task Owners_and_who_granted_what_are_no_failure_of_a_drill()
    {
        using BackupLab lab = await CreateAsync();
        await Inventory.PsqlAsync(lab.Database, ["-c", """
            ALTER TABLE tenant_a.t OWNER TO torture_app; REVOKE ALL ON tenant_a.t FROM torture_app; GRANT SELECT ON tenant_a.t TO torture_app; GRANT UPDATE (note) ON tenant_a.t TO torture_app;
            ALTER FUNCTION tenant_a.f() OWNER TO torture_app; REVOKE ALL ON FUNCTION tenant_a.f() FROM PUBLIC; GRANT USAGE ON SCHEMA tenant_a TO torture_app, torture_reader WITH GRANT OPTION; GRANT SELECT ON tenant_a.v TO torture_reader WITH GRANT OPTION;
            SET ROLE torture_reader; GRANT SELECT ON tenant_a.v TO torture_app; RESET ROLE;
            """]);
        DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync((await lab.BackUpAsync()).Single(), default);
        Assert.Empty(drill.Failures);
    }

    [Fact]
    public async Task The_schema_public_is_drilled_as_a_tenant()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync("{tenant}");
        await Inventory.PsqlAsync(database, ["-c", "CREATE TABLE public.t (i int); INSERT INTO public.t VALUES (1); GRANT SELECT ON public.t TO PUBLIC"]);
        using var lab = new BackupLab(database);
        DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync((await lab.BackUpAsync(new BackupRequest { Tenants = ["public"] })).Single(), default);
        Assert.Empty(drill.Failures);
        Assert.Empty(drill.Notes);
        Assert.Equal(1, drill.Rows);
    }

    [Fact]
    public async Task The_fingerprint_lies_in_the_manifest_encrypted_where_the_backup_is_and_never_grows_beyond_its_bound()
    {
        using BackupLab lab = await CreateAsync();
        BackupRecord backup = (await lab.BackUpAsync()).Single();
        Assert.NotNull(backup.Catalogue);
        (BackupRecord? read, _) = ManifestFile.Read(ManifestFile.Write(backup));
        Assert.Equal(backup.Catalogue!.Content, read!.Catalogue!.Content);
        IReadOnlyList<CatalogueObject> objects = await ObjectsAsync(lab);
        Assert.Equal(objects, await backup.Catalogue.UnpackAsync(lab.Context, backup, default));
        Assert.Contains(objects, o => o is { Kind: "table", Schema: "tenant_a", Name: "t" });

        int bound = backup.Catalogue.Content.Length * 9 / 10;
        CatalogueFingerprint small = await CatalogueFingerprint.PackAsync(objects, [], bound, default);
        Assert.InRange(small.Content.Length, 1, bound);
        IReadOnlyList<CatalogueObject> kept = (await small.UnpackAsync(lab.Context, backup, default))!;
        Assert.Contains(kept, o => o is { Kind: "schema", Name: "tenant_a" });
        Assert.Empty(CatalogueComparer.Compare(kept, objects, true));
        kept = CatalogueFingerprint.SumUp(objects, new HashSet<string> { "index" });
        Assert.Empty(CatalogueComparer.Compare(kept, objects, true));
        await Inventory.PsqlAsync(lab.Database, ["-c", "DROP VIEW tenant_a.v; CREATE INDEX more ON tenant_a.t (note)"]);
        Assert.Contains("index tenant_a.*: count was 1, is 2", CatalogueComparer.Compare(kept, await ObjectsAsync(lab), true).Select(d => d.ToString()));
    }

    private static async Task<CatalogueFingerprint> PackAsync(IReadOnlyList<CatalogueObject> objects, string from, string to) =>
        await CatalogueFingerprint.PackAsync([.. objects.Select(o => o with { Properties = o.Properties.Replace(from, to) })], [], CatalogueFingerprint.MaxBytes, default);

    private async Task<IReadOnlyList<CatalogueObject>> ObjectsAsync(BackupLab lab)
    {
        await using NpgsqlConnection connection = await postgres.OpenAsync(lab.Database.Database);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
        return await CatalogueReader.ReadAsync(connection, null, default);
    }

    /// <summary>Compares the live database with the backup, as if it were what was restored.</summary>
    private static async Task<CatalogueVerdict> CompareAsync(BackupLab lab, BackupRecord backup)
    {
        await using RestoreSource source = await RestoreSource.OpenAsync(lab.Context, backup, null, null, default);
        return await new CatalogueCheck(lab.Context, backup, source.Scope).OfDatabaseAsync(PostgresServer.Direct(lab.Database), lab.Database.Database, itself: true, default);
    }

    private static Task OpenWhatIsMadeAsync(DatabaseSettings database) => Inventory.PsqlAsync(database, ["-c", """
        CREATE FUNCTION public.open() RETURNS event_trigger LANGUAGE plpgsql AS $$ DECLARE made record; BEGIN
            FOR made IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' LOOP EXECUTE 'GRANT SELECT ON ' || made.object_identity || ' TO torture_reader'; END LOOP; END $$
        """, "-c", "CREATE EVENT TRIGGER opening ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION public.open()"]);

    private async Task<BackupLab> CreateAsync()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync("tenant_{tenant}");
        await Inventory.RunAsync(database, "torture/hard.sql");
        await Inventory.PsqlAsync(database, ["-c", "CREATE SCHEMA tenant_a", "-c", Tables]);
        return new BackupLab(database);
    }
}
