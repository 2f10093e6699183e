using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Backups;

[Collection(PostgresCollection.Name)]
public sealed class DatabaseBackupTests(PostgresFixture postgres)
{
    private const string Sample = """"
        CREATE TABLE public.plans (id int PRIMARY KEY, name text);
        INSERT INTO public.plans SELECT i, 'plan ' || i FROM generate_series(1, 10) i;
        CREATE SCHEMA tenant_demo;
        CREATE TABLE tenant_demo.orders (id bigserial PRIMARY KEY, note text, at timestamptz, price numeric(12,2), raw bytea, doc jsonb, tags text[]);
        INSERT INTO tenant_demo.orders (note, at, price, raw, doc, tags)
            SELECT E'line\none\ttab \\ ' || i, '2026-01-01'::timestamptz + i * interval '1 hour', i / 3.0, decode(md5(i::text), 'hex'),
                   jsonb_build_object('i', i), ARRAY['a', NULL, 'c"' || i] FROM generate_series(1, 20000) i;
        CREATE TABLE tenant_demo.empty (x int);
        CREATE TABLE tenant_demo.blank (t text);
        INSERT INTO tenant_demo.blank VALUES (''), (''), (NULL), (E'\\.');
        CREATE SCHEMA "tenant_O'Brien ""& Söhne""";
        CREATE TABLE "tenant_O'Brien ""& Söhne"""."Odd ""table""" ("Odd col" text);
        INSERT INTO "tenant_O'Brien ""& Söhne"""."Odd ""table""" VALUES ('ü'), ('日本語');
        CREATE SCHEMA ops_stage_left; CREATE TABLE ops_stage_left.t (x int);
        """";

    [Fact]
    public async Task A_full_backup_describes_every_table_as_the_server_does()
    {
        using BackupLab lab = await LabAsync();
        BackupRecord made = Assert.Single(await lab.BackUpAsync());
        BackupRecord listed = Assert.Single(await lab.ListAsync());
        Assert.Equivalent(made, listed);
        Assert.Equal(Compression.Zstd, made.Compression);
        Assert.Equal(new FileInfo(made.Location).Length, made.StoredBytes);
        Assert.Equal(5, made.Tables.Count);
        Assert.Equal(20000, made.Tables.Single(t => t.Table == "orders").Rows);
        Assert.Equal(4, made.Tables.Single(t => t.Table == "blank").Rows);
        Assert.Equal(0, made.Tables.Single(t => t.Table == "empty").Rows);
        Assert.DoesNotContain(made.Tables, t => t.Schema.StartsWith("ops_stage_", StringComparison.Ordinal));
        Assert.StartsWith("15", made.ServerVersion);
    }

    [Fact]
    public async Task A_digest_does_not_depend_on_the_order_of_rows_and_finds_one_changed_value()
    {
        using BackupLab lab = await LabAsync();
        string before = Digest(await lab.BackUpAsync(), "orders");
        await postgres.ExecuteAsync(lab.Database.Database, "CREATE TABLE tenant_demo.o2 AS SELECT * FROM tenant_demo.orders ORDER BY id DESC; TRUNCATE tenant_demo.orders; INSERT INTO tenant_demo.orders SELECT * FROM tenant_demo.o2; DROP TABLE tenant_demo.o2");
        Assert.Equal(before, Digest(await lab.BackUpAsync(), "orders"));
        await postgres.ExecuteAsync(lab.Database.Database, "UPDATE tenant_demo.orders SET price = price + 0.01 WHERE id = 777");
        Assert.NotEqual(before, Digest(await lab.BackUpAsync(), "orders"));
    }

    [Theory]
    [InlineData(Compression.Zstd)]
    [InlineData(Compression.Gzip)]
    [InlineData(Compression.None)]
    public async Task Every_compression_reads_back_to_what_was_dumped(Compression compression)
    {
        using BackupLab lab = await LabAsync();
        BackupRecord made = Assert.Single(await lab.BackUpAsync(new BackupRequest { Compression = compression }));
        Assert.Equal(compression, made.Compression);
        BackupTestResult result = await new BackupTester(lab.Context).TestAsync(made, BackupTestLevel.Structure, default);
        Assert.True(result.Passed, result.Message);
        Assert.Contains("pg_restore lists", result.Message);
        Assert.NotNull((await lab.ListAsync()).Single().VerifiedAt);
    }

    [Fact]
    public async Task Each_tenant_becomes_a_backup_of_its_own_whatever_its_name()
    {
        using BackupLab lab = await LabAsync();
        IReadOnlyList<BackupRecord> made = await lab.BackUpAsync(new BackupRequest { Tenants = ["*"] });
        Assert.Equal(["O'Brien \"& Söhne\"", "demo"], made.Select(b => b.Tenant!).Order(StringComparer.Ordinal));
        BackupRecord odd = made.Single(b => b.Tenant != "demo");
        Assert.Equal(("Odd \"table\"", 2L), (odd.Tables.Single().Table, odd.Tables.Single().Rows));
        Assert.Single(await lab.ListAsync(new BackupQuery { Tenants = ["demo"] }));
        Assert.Empty(await lab.ListAsync(new BackupQuery { Tenants = [] }));
        Assert.Equal(2, (await lab.ListAsync(new BackupQuery { Tenants = ["*"], Latest = true })).Count);
    }

    [Fact]
    public async Task A_tenant_that_is_not_there_or_whose_name_is_too_long_is_refused()
    {
        using BackupLab lab = await LabAsync();
        OpsException missing = await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync(new BackupRequest { Tenants = ["nobody"] }));
        Assert.Equal("TenantMissing", missing.ErrorId);
        Assert.Contains("demo", missing.Message);
        OpsException tooLong = await Assert.ThrowsAsync<OpsException>(() => lab.BackUpAsync(new BackupRequest { Tenants = [new string('ü', 40)] }));
        Assert.Equal("TenantNameTooLong", tooLong.ErrorId);
        Assert.Empty(await lab.ListAsync());
    }

    [Fact]
    public async Task One_dump_goes_to_several_stores_and_one_that_fails_does_not_stop_the_others()
    {
        DatabaseSettings database = await DatabaseAsync();
        using var lab = new BackupLab(database, "a", "b", "c");
        Directory.Delete(Path.Combine(lab.Folder, "c"));
        await File.WriteAllTextAsync(Path.Combine(lab.Folder, "c"), "a file where a folder should be");
        IReadOnlyList<BackupRecord> made = await lab.BackUpAsync();
        Assert.Equal(["a", "b"], made.Select(b => b.Store));
        Assert.Equal(made[0].Sha256, made[1].Sha256);
        Assert.Single(lab.Failures);
    }

    [Fact]
    public async Task A_table_with_one_very_long_row_streams_through()
    {
        using BackupLab lab = await LabAsync();
        await postgres.ExecuteAsync(lab.Database.Database, "CREATE TABLE public.long AS SELECT repeat(md5('x'), 400000) AS t UNION ALL SELECT 'short'");
        BackupRecord made = Assert.Single(await lab.BackUpAsync());
        Assert.Equal(2, made.Tables.Single(t => t.Table == "long").Rows);
        Assert.True((await new BackupTester(lab.Context).TestAsync(made, BackupTestLevel.Structure, default)).Passed);
    }

    [Fact]
    public async Task Large_objects_are_digested_too()
    {
        using BackupLab lab = await LabAsync();
        await postgres.ExecuteAsync(lab.Database.Database, "SELECT lo_from_bytea(0, convert_to(repeat('large ' || i, 9000), 'UTF8')) FROM generate_series(1, 3) i");
        BackupRecord made = Assert.Single(await lab.BackUpAsync());
        Assert.Equal(3, made.Tables.Single(t => t.Table == LargeObjects.Name).Rows);
        Assert.True((await new BackupTester(lab.Context).TestAsync(made, BackupTestLevel.Structure, default)).Passed);
    }

    [Fact]
    public async Task The_stored_archive_is_the_dump_in_larger_pieces()
    {
        using BackupLab lab = await LabAsync();
        await postgres.ExecuteAsync(lab.Database.Database, """
            SELECT lo_from_bytea(0, convert_to(repeat('large ' || i, 30000), 'UTF8')) FROM generate_series(1, 3) i;
            CREATE TABLE public.long AS SELECT repeat(md5('x'), 20000) AS t UNION ALL SELECT 'short';
            """);
        BackupRecord made = Assert.Single(await lab.BackUpAsync(new BackupRequest { Compression = Compression.None }));
        string plain = Path.Combine(lab.Folder, "plain.dump");
        await ProgramRunner.RunAsync(PostgresServer.Direct(lab.Database).Tool("pg_dump", ["-Fc", "-Z0", "--exclude-schema=ops_stage_*", "-f", plain], settings: CopySettings.DumpOptions), null, default);
        Assert.Equal(await ScriptAsync(plain), await ScriptAsync(made.Location));
        Assert.True(made.StoredBytes < new FileInfo(plain).Length);

        // Lines such as "\restrict" carry a random word.
        static async Task<string[]> ScriptAsync(string archive) =>
            [.. (await ProgramRunner.RunAsync(new ProgramCall(PostgresTools.Locate("pg_restore", 0), "-f", "-", archive), null, default)).Split('\n').Where(line => !line.Contains("restrict "))];
    }

    [Fact]
    public async Task Large_objects_in_several_blocks_are_one_digest()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        using var lab = new BackupLab(database);
        await postgres.ExecuteAsync(database.Database, "SELECT lo_from_bytea(0, convert_to(repeat('large ' || i, 9000), 'UTF8')) FROM generate_series(1, 3) i");
        BackupRecord made = Assert.Single(await lab.BackUpAsync(new BackupRequest { Compression = Compression.None }));
        byte[] archive = await File.ReadAllBytesAsync(made.Location);
        (_, ArchiveHeader header) = await DumpContent.ReadAsync(new MemoryStream(archive), default);
        // Version 17 writes several blocks; none is to be had here, so the one block of this archive comes twice.
        (DumpContent twice, _) = await DumpContent.ReadAsync(new MemoryStream([.. archive, .. archive[header.RawBytes.Length..]]), default);
        Assert.Equal(6, Assert.Single(twice.Tables).Rows);
    }

    [Fact]
    public async Task What_libpq_would_take_from_our_environment_sends_no_tool_astray()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync();
        ProgramCall call = PostgresServer.Direct(database).Tool("psql", ["-XAtc", "SELECT current_database(), current_setting('bytea_output')"]);
        var poisoned = new Dictionary<string, string?>
        {
            ["PGHOSTADDR"] = "127.0.0.254", ["PGSERVICE"] = "nowhere", ["PGSERVICEFILE"] = "/nowhere", ["PGOPTIONS"] = "-c bytea_output=escape",
            ["PGTARGETSESSIONATTRS"] = "standby", ["PGHOST"] = "nowhere", ["PGDATABASE"] = "nowhere",
        };
        foreach ((string name, string? value) in call.Environment) poisoned[name] = value;
        Assert.Equal(database.Database + "|hex\n", await ProgramRunner.RunAsync(call with { Environment = poisoned }, null, default));
    }

    [Fact]
    public async Task Extensions_that_a_schema_needs_are_listed()
    {
        using BackupLab lab = await LabAsync();
        await postgres.ExecuteAsync(lab.Database.Database, "CREATE EXTENSION citext; CREATE EXTENSION pg_trgm; CREATE TABLE tenant_demo.c (mail citext)");
        Assert.Equal(["citext"], (await lab.BackUpAsync(new BackupRequest { Tenants = ["demo"] })).Single().Extensions);
        Assert.Equal(["citext", "pg_trgm"], (await lab.BackUpAsync()).Single().Extensions);
    }

    [Fact]
    public async Task The_password_is_in_no_argument_message_or_file()
    {
        using BackupLab lab = await LabAsync();
        await lab.BackUpAsync();
        foreach (string file in Directory.EnumerateFiles(lab.Folder, "*", SearchOption.AllDirectories))
            Assert.DoesNotContain(PostgresFixture.Password, await File.ReadAllTextAsync(file));
        Assert.DoesNotContain(PostgresFixture.Password, string.Join("\n", lab.Reporter.Warnings.Concat(lab.Reporter.Details)));
    }

    private static string Digest(IReadOnlyList<BackupRecord> made, string table) => made.Single().Tables.Single(t => t.Table == table).Digest;

    private async Task<BackupLab> LabAsync() => new(await DatabaseAsync());

    private async Task<DatabaseSettings> DatabaseAsync()
    {
        DatabaseSettings database = await postgres.CreateDatabaseAsync("tenant_{tenant}");
        await postgres.ExecuteAsync(database.Database, Sample);
        return database;
    }
}
