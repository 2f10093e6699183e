using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>Checks that call functions which look into other tables.</summary>
[Collection(PostgresRestores.Name)]
public sealed class DeferredCheckTests(PostgresFixture postgres)
{
    private static string Sample(string schema) => $"""
        CREATE SCHEMA IF NOT EXISTS {schema};
        CREATE TABLE {schema}.z_country (id int PRIMARY KEY); INSERT INTO {schema}.z_country SELECT generate_series(1, 3);
        CREATE FUNCTION {schema}.country_ok(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM {schema}.z_country WHERE id = $1)';
        CREATE DOMAIN {schema}.country AS int CONSTRAINT named CHECK ({schema}.country_ok(VALUE)) CONSTRAINT positive CHECK (VALUE > 0);
        COMMENT ON CONSTRAINT named ON DOMAIN {schema}.country IS 'of a domain';
        CREATE TABLE {schema}.a_person ("the, (id" int PRIMARY KEY, country int CONSTRAINT "it's, (odd" CHECK ({schema}.country_ok(country)), of {schema}.country, CHECK (country < 99));
        COMMENT ON CONSTRAINT "it's, (odd" ON {schema}.a_person IS 'of a table';
        INSERT INTO {schema}.a_person SELECT i, i % 3 + 1, i % 3 + 1 FROM generate_series(1, 3000) i;
        CREATE TABLE {schema}.parent (i int CONSTRAINT handed_down CHECK ({schema}.country_ok(i)), CONSTRAINT own CHECK ({schema}.country_ok(i + 1)) NO INHERIT);
        CREATE TABLE {schema}.child (j int, CONSTRAINT of_child CHECK ({schema}.country_ok(j))) INHERITS ({schema}.parent); INSERT INTO {schema}.child VALUES (1, 1);
        ALTER TABLE {schema}.child ADD CONSTRAINT handed_down CHECK ({schema}.country_ok(i));
        CREATE TABLE {schema}.parts (i int, CONSTRAINT of_all CHECK ({schema}.country_ok(i))) PARTITION BY LIST (i);
        CREATE TABLE {schema}.part1 PARTITION OF {schema}.parts (CONSTRAINT of_one CHECK ({schema}.country_ok(i))) FOR VALUES IN (1);
        CREATE TABLE {schema}.part2 (i int, CONSTRAINT of_all CHECK ({schema}.country_ok(i))); ALTER TABLE {schema}.parts ATTACH PARTITION {schema}.part2 FOR VALUES IN (2);
        INSERT INTO {schema}.parts VALUES (1), (2);
        CREATE TYPE {schema}.pair AS (a int, b int); CREATE TABLE {schema}.typed OF {schema}.pair (CONSTRAINT of_type CHECK ({schema}.country_ok(a)));
        INSERT INTO {schema}.typed VALUES (1, 2);
        CREATE TABLE {schema}.old (i int CONSTRAINT unchecked CHECK ({schema}.country_ok(i)));
        ALTER TABLE {schema}.old DROP CONSTRAINT unchecked; INSERT INTO {schema}.old VALUES (77); ALTER TABLE {schema}.old ADD CONSTRAINT unchecked CHECK ({schema}.country_ok(i)) NOT VALID;
        """;

    [Fact]
    public async Task A_whole_restore_adds_them_when_all_rows_are_there()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync(Sample("app"));
        string before = await SchemaText.ReadAsync(lab.Lab.Database, null), constraints = await ConstraintsAsync(lab, "app");
        BackupRecord backup = await lab.BackUpAsync(null);
        Assert.Equal(RestoreState.Replaced, (await lab.RestoreAsync(backup)).State);
        Assert.Equal((before, constraints), (await SchemaText.ReadAsync(lab.Lab.Database, null), await ConstraintsAsync(lab, "app")));
        DrillResult drill = await new RecoveryDrill(lab.Context).RunAsync(backup, default);
        Assert.True(drill.Passed, string.Join("; ", drill.Failures));
    }

    [Theory]
    [InlineData("DELETE FROM tenant_demo.z_country")]
    [InlineData("DROP SCHEMA tenant_demo CASCADE")]
    public async Task A_tenant_comes_back_when_the_tables_that_its_functions_look_into_are_lost(string loss)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync(Sample("tenant_demo"));
        string before = await lab.DescribeAsync("tenant_demo"), constraints = await ConstraintsAsync(lab, "tenant_demo");
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync(loss);
        await lab.RestoreAsync(backup);
        Assert.Equal(before.Split('\n'), (await lab.DescribeAsync("tenant_demo")).Split('\n'));
        Assert.Equal(constraints.Split('\n'), (await ConstraintsAsync(lab, "tenant_demo")).Split('\n'));
    }

    private static async Task<string> ConstraintsAsync(RecoveryLab lab, string schema) => string.Join('\n', await lab.ListAsync($"""
        SELECT concat_ws('|', conrelid::regclass, contypid::regtype, conname, convalidated, conislocal, coninhcount, connoinherit, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint'))
        FROM pg_constraint WHERE contype = 'c' AND connamespace = '{schema}'::regnamespace ORDER BY 1
        """));
}
