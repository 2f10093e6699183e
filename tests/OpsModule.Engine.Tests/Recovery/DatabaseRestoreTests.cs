using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Recovery;

[Collection(PostgresRestores.Name)]
public sealed class DatabaseRestoreTests(PostgresFixture postgres)
{
    private const string Extras = """
        SELECT lo_create(4711); SELECT lo_put(4711, 0, decode(repeat('00ff41', 700000), 'hex')); SELECT lo_create(4712);
        COMMENT ON LARGE OBJECT 4711 IS 'large';
        """;

    [Fact]
    public async Task The_whole_database_is_replaced_and_can_be_put_back()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres, RecoveryLab.Demo, RecoveryLab.Odd);
        string db = lab.Database;
        await lab.ExecuteAsync($"{Extras} ALTER DATABASE {db} SET search_path TO tenant_demo, \"$user\"; ALTER DATABASE {db} SET work_mem TO '5MB'; COMMENT ON DATABASE {db} IS 'its own'; REVOKE CONNECT ON DATABASE {db} FROM PUBLIC; GRANT CONNECT ON DATABASE {db} TO \"app reader\" WITH GRANT OPTION; ALTER DATABASE {db} CONNECTION LIMIT 77");
        string before = await DescribeAsync(lab);
        string properties = await PropertiesAsync(lab);
        BackupRecord backup = await lab.BackUpAsync(null);
        Assert.Contains(backup.Tables, t => t.Table == "LARGE OBJECTS" && t.Rows == 2);
        await lab.ExecuteAsync("DROP SCHEMA tenant_demo CASCADE; UPDATE public.countries SET name = 'lost'; SELECT lo_unlink(4711)");
        string lost = await DescribeAsync(lab);
        await using NpgsqlConnection session = await lab.OpenAsync();

        RestoreRecord restore = await lab.RestoreAsync(backup);

        Assert.Equal(before, await DescribeAsync(lab));
        Assert.Equal(properties, await PropertiesAsync(lab));
        Assert.Equal((RestoreKind.Database, RestoreState.Replaced, backup.Tables.Count), (restore.Kind, restore.State, restore.Tables));
        await Assert.ThrowsAnyAsync<NpgsqlException>(async () => await new NpgsqlCommand("SELECT 1", session).ExecuteScalarAsync());
        var catalog = new RestoreCatalog(lab.Context);
        RestoreRecord kept = Assert.Single(await catalog.ListAsync(null, default));
        Assert.Equal((restore.Id, restore.ReplacedName, RestoreKind.Database), (kept.Id, kept.ReplacedName, kept.Kind));

        await RecoveryLab.UndoAsync(lab.Context, kept, TimeSpan.FromSeconds(20), default);
        Assert.Equal(lost, await DescribeAsync(lab));
        Assert.Equal(properties, await PropertiesAsync(lab));
        await RecoveryLab.RemoveAsync(lab.Context, Assert.Single(await catalog.ListAsync(null, default)), default);
        Assert.Empty(await catalog.ListAsync(null, default));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task A_database_is_restored_beside_the_live_one_but_never_over_another()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync(null);
        string other = lab.Database + "_Beside", live = await DescribeAsync(lab);
        RestoreRecord record = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, As = other }, default);
        Assert.Equal((RestoreState.Restored, other, null), (record.State, record.Database, record.ReplacedName));
        Assert.Equal(3000L, await postgres.ScalarAsync<long>(other, "SELECT count(*) FROM tenant_demo.customers"));
        Assert.Equal(live, await DescribeAsync(lab));
        await RecoveryLab.FailsAsync("DatabaseExists", () => RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, As = other }, default));
    }

    [Fact]
    public async Task A_database_that_is_gone_comes_back_with_its_settings()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync($"ALTER DATABASE {lab.Database} SET work_mem TO '6MB'; COMMENT ON DATABASE {lab.Database} IS 'mine'");
        BackupRecord backup = await lab.BackUpAsync(null);
        string before = await DescribeAsync(lab), properties = await PropertiesAsync(lab);
        await postgres.ExecuteAsync("postgres", $"DROP DATABASE {lab.Database}");
        RestoreRecord record = await lab.RestoreAsync(backup);
        Assert.Equal(RestoreState.Restored, record.State);
        Assert.Equal((before, properties), (await DescribeAsync(lab), await PropertiesAsync(lab)));
    }

    private static async Task<string> DescribeAsync(RecoveryLab lab) => await SchemaText.ReadAsync(lab.Lab.Database, null);

    private static async Task<string> PropertiesAsync(RecoveryLab lab) => string.Join('\n', await lab.ListAsync("""
        SELECT concat_ws('|', pg_get_userbyid(datdba), encoding, datcollate, datctype, datconnlimit, (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(datacl) a),
            shobj_description(oid, 'pg_database'), (SELECT string_agg(c, ',' ORDER BY c) FROM pg_db_role_setting s, unnest(setconfig) c WHERE setdatabase = d.oid))
        FROM pg_database d WHERE datname = current_database()
        """));
}
