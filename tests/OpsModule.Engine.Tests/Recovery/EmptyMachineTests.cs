using System.Diagnostics;
using System.Text.RegularExpressions;
using Npgsql;
using OpsModule.Engine.Areas.Recovery.Kits;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using Xunit.Abstractions;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>From a kit, the private key and the store to the service's answer, by the page of the kit alone.</summary>
[Collection(PostgresRestores.Name)]
public sealed partial class EmptyMachineTests(PostgresFixture postgres, ITestOutputHelper output)
{
    private const string Roles = """
        CREATE ROLE dba SUPERUSER LOGIN PASSWORD 'dba-pw';
        CREATE ROLE "app owner" NOLOGIN;
        CREATE ROLE app LOGIN PASSWORD 'app-pw' IN ROLE "app owner" CONNECTION LIMIT 9;
        CREATE ROLE reader LOGIN PASSWORD 'reader-pw' NOINHERIT;
        GRANT pg_read_all_stats TO reader;
        GRANT "app owner" TO dba WITH ADMIN OPTION;
        SET ROLE dba; GRANT "app owner" TO reader GRANTED BY dba; RESET ROLE;
        ALTER ROLE reader SET work_mem = '5MB'; ALTER ROLE reader SET my.note = E'a''b\nc\\d'; ALTER ROLE app SET search_path = shop, "$user";
        ALTER ROLE reader CONNECTION LIMIT 3;
        """;

    private const string Schema = """
        CREATE SCHEMA shop AUTHORIZATION "app owner";
        CREATE TABLE shop.rates AS SELECT i AS id, 'rate ' || i AS name FROM generate_series(1, 500) i;
        ALTER TABLE shop.rates OWNER TO "app owner"; ALTER TABLE shop.rates ADD PRIMARY KEY (id);
        CREATE TABLE shop."odd 'table'; %" (id int); INSERT INTO shop."odd 'table'; %" VALUES (1), (2);
        GRANT USAGE ON SCHEMA shop TO reader; GRANT SELECT ON shop.rates TO reader; GRANT SELECT (id) ON shop."odd 'table'; %" TO reader WITH GRANT OPTION;
        ALTER TABLE shop.rates ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON shop.rates FOR SELECT TO reader USING (id <= 400);
        """;

    [Fact]
    public async Task The_page_of_a_kit_brings_the_service_back_on_an_empty_machine()
    {
        var old = new PostgresFixture();
        await old.InitializeAsync();
        KitLab? lab = null;
        try
        {
            await old.ExecuteAsync("postgres", Roles);
            DatabaseSettings database = await old.CreateDatabaseAsync();
            await old.ExecuteAsync(database.Database, Schema + $" ALTER DATABASE {database.Database} OWNER TO \"app owner\"; ALTER DATABASE {database.Database} SET statement_timeout = '70s'; "
                + $"REVOKE CONNECT ON DATABASE {database.Database} FROM PUBLIC; GRANT CONNECT ON DATABASE {database.Database} TO reader, app");
            string[] before = await DescribeAsync(old, database.Database);
            lab = await KitLab.CreateAsync(database, more: "drill: { queries: [ { name: there are rates, database: main, sql: \"SELECT count(*) FROM shop.rates WHERE name <> 'it''s'\" } ] }");
            await lab.BackUpAsync();
            await lab.ExportAsync();
            Assert.Equal("KitWhole", Assert.Single(await lab.TestAsync()).Code);

            // The machine is lost: its server, its ops.yaml, its journal.
            await old.DisposeAsync();
            Directory.Delete(lab.Machine, recursive: true);

            var empty = new PostgresFixture();
            await empty.InitializeAsync();
            try
            {
                long started = Stopwatch.GetTimestamp();
                string said = await FollowAsync(lab, empty);
                output.WriteLine($"From the kit to the service's answer, by hand: {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");
                Assert.Contains("\n500\n", said);
                Assert.Equal(before, await DescribeAsync(empty, database.Database));
                Assert.Equal(400L, await AskAsync(empty, database.Database, "reader", "reader-pw", "SELECT count(*) FROM shop.rates"));
                Assert.Equal(500L, await AskAsync(empty, database.Database, "app", "app-pw", "SELECT count(*) FROM rates"));
            }
            finally { await empty.DisposeAsync(); }
        }
        finally
        {
            lab?.Dispose();
            await old.DisposeAsync();
        }
        Assert.True(postgres.Port > 0);
    }

    /// <summary>Opens the kit, takes each block of its page, and runs them as they stand.</summary>
    private static async Task<string> FollowAsync(KitLab lab, PostgresFixture empty)
    {
        await KitLab.ShellAsync(lab["hand"], $"age -d -i {ShellText.Quote(lab.Key)} {ShellText.Quote(lab.Kit)} | tar -xf -");
        string page = await File.ReadAllTextAsync(lab["hand/README.md"]);
        string[] blocks = [.. Block().Matches(page).Select(m => m.Groups[1].Value)];
        Assert.True(blocks.Length >= 5, page);
        return await KitLab.ShellAsync(lab["hand"], string.Concat(blocks), ("KEY", lab.Key), ("PGHOST", "127.0.0.1"), ("PGPORT", empty.Port.ToString()), ("PGUSER", "postgres"),
            ("PGPASSWORD", PostgresFixture.Password));
    }

    /// <summary>Roles with all that they have, and who may do what with which table.</summary>
    private static async Task<string[]> DescribeAsync(PostgresFixture server, string database)
    {
        await using NpgsqlConnection connection = await server.OpenAsync(database);
        await using var command = new NpgsqlCommand("""
            SELECT 'role ' || (to_jsonb(a) - 'oid')::text FROM pg_authid a WHERE rolname !~ '^pg_' AND oid <> 10
            UNION ALL SELECT format('member %s %s %s %s', roleid::regrole, member::regrole, grantor::regrole, admin_option) FROM pg_auth_members WHERE member::regrole::text !~ '^pg_'
            UNION ALL SELECT format('setting %s %s %s', s.setrole::regrole, d.datname, s.setconfig) FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase
            UNION ALL SELECT format('database %s %s', datdba::regrole, ARRAY(SELECT a::text FROM unnest(datacl) a ORDER BY 1)) FROM pg_database WHERE datname = current_database()
            UNION ALL SELECT format('table %s %s %s %s', c.relname, c.relowner::regrole, ARRAY(SELECT a::text FROM unnest(c.relacl) a ORDER BY 1), c.relrowsecurity) FROM pg_class c WHERE c.relnamespace = 'shop'::regnamespace
            UNION ALL SELECT format('column %s %s', a.attrelid::regclass, a.attacl) FROM pg_attribute a WHERE a.attacl IS NOT NULL AND a.attrelid > 16000
            UNION ALL SELECT format('policy %s %s %s', polname, polroles::regrole[], pg_get_expr(polqual, polrelid)) FROM pg_policy ORDER BY 1
            """, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return [.. lines];
    }

    private static async Task<long> AskAsync(PostgresFixture server, string database, string user, string password, string sql)
    {
        await using var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={server.Port};Username={user};Password={password};Database={database};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    [GeneratedRegex(@"^```sh\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
