using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>Constraints whose functions look into other tables: a tenant comes back when these are lost, too.</summary>
[Collection(PostgresTenants.Name)]
public sealed class TenantCheckTests(PostgresFixture postgres)
{
    private const string Objects = """
        CREATE TABLE tenant_demo.a_country (id int PRIMARY KEY); INSERT INTO tenant_demo.a_country VALUES (1), (2), (3);
        CREATE FUNCTION tenant_demo.country_ok(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM tenant_demo.a_country WHERE id = $1)';
        CREATE TABLE tenant_demo.b_person (id int PRIMARY KEY, country int CONSTRAINT known CHECK (tenant_demo.country_ok(country)), age int CHECK (age > 0));
        COMMENT ON CONSTRAINT known ON tenant_demo.b_person IS 'it''s known';
        INSERT INTO tenant_demo.b_person VALUES (1, 1, 1), (2, 2, 2);
        CREATE TABLE tenant_demo.b_child (i int, CHECK (tenant_demo.country_ok(i))) INHERITS (tenant_demo.b_person); INSERT INTO tenant_demo.b_child VALUES (3, 3, 3, 3);
        CREATE TABLE tenant_demo.b_none (id int, CHECK (tenant_demo.country_ok(id)) NO INHERIT); CREATE TABLE tenant_demo.b_none_child (CHECK (tenant_demo.country_ok(id + 1))) INHERITS (tenant_demo.b_none);
        CREATE TABLE tenant_demo.b_same (CONSTRAINT twice CHECK (tenant_demo.country_ok(id)), id int); CREATE TABLE tenant_demo.b_same_child (CONSTRAINT twice CHECK (tenant_demo.country_ok(id))) INHERITS (tenant_demo.b_same);
        INSERT INTO tenant_demo.b_same_child VALUES (1);
        CREATE TABLE tenant_demo.b_parts (id int, CHECK (tenant_demo.country_ok(id))) PARTITION BY LIST (id);
        CREATE TABLE tenant_demo.b_part PARTITION OF tenant_demo.b_parts (CHECK (tenant_demo.country_ok(id) OR id > 0)) FOR VALUES IN (1, 2); INSERT INTO tenant_demo.b_parts VALUES (1);
        CREATE DOMAIN tenant_demo.a_known AS int CONSTRAINT is_known CHECK (tenant_demo.country_ok(value)) CHECK (value > 0); COMMENT ON CONSTRAINT is_known ON DOMAIN tenant_demo.a_known IS 'known';
        CREATE TABLE tenant_demo.b_domain (k tenant_demo.a_known); INSERT INTO tenant_demo.b_domain VALUES (2);
        CREATE FUNCTION tenant_demo.fits(int, int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT tenant_demo.country_ok($1)'; CREATE OPERATOR tenant_demo.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = tenant_demo.fits);
        CREATE TABLE tenant_demo.b_operator (i int CHECK (i OPERATOR(tenant_demo.===) 1)); INSERT INTO tenant_demo.b_operator VALUES (1);
        CREATE TABLE tenant_demo.b_open (i int); ALTER TABLE tenant_demo.b_open ADD CONSTRAINT unchecked CHECK (tenant_demo.country_ok(i)) NOT VALID;
        CREATE FUNCTION tenant_demo.code(int) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT max(id) FROM tenant_demo.a_country)::text || $1; END';
        CREATE INDEX by_code ON tenant_demo.b_person (tenant_demo.code(id));
        """;

    [Theory]
    [InlineData("SELECT 1", true)]
    [InlineData("DELETE FROM tenant_demo.a_country", true)]
    [InlineData("DELETE FROM tenant_demo.a_country", false)]
    [InlineData("DROP SCHEMA tenant_demo CASCADE", true)]
    [InlineData("DROP SCHEMA tenant_demo CASCADE", false)]
    public async Task A_constraint_that_looks_into_another_table_comes_back_valid(string loss, bool ofTenant)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync(Objects);
        string before = await lab.DescribeAsync("tenant_demo");
        string[] states = await ConstraintsAsync(lab);
        BackupRecord backup = await lab.BackUpAsync(ofTenant ? RecoveryLab.Demo : null);
        await lab.ExecuteAsync(loss);

        RestoreRecord record = await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, Tenant = RecoveryLab.Demo }, default);

        Assert.Equal(before, await lab.DescribeAsync("tenant_demo"));
        Assert.Equal(states, await ConstraintsAsync(lab));
        Assert.Empty(record.NotValid);
    }

    [Fact]
    public async Task A_constraint_that_the_rows_do_not_fulfil_any_more_is_told()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync(Objects + "DELETE FROM tenant_demo.a_country WHERE id = 2;");
        BackupRecord backup = await lab.BackUpAsync();

        RestoreRecord record = await lab.RestoreAsync(backup);

        Assert.Equal(["is_known of a_known", "known of b_person"], record.NotValid.Order(StringComparer.Ordinal));
        Assert.Contains("known of b_person", Assert.Single(lab.Warnings, w => w.Contains("NOT VALID")));
        Assert.Equal(2L, await lab.ScalarAsync<long>("SELECT count(*) FROM ONLY tenant_demo.b_person"));
        await Assert.ThrowsAnyAsync<OpsException>(() => lab.ExecuteAsync("INSERT INTO tenant_demo.b_person VALUES (9, 9, 9)"));
        await lab.ExecuteAsync("INSERT INTO tenant_demo.a_country VALUES (2); ALTER TABLE tenant_demo.b_person VALIDATE CONSTRAINT known; ALTER DOMAIN tenant_demo.a_known VALIDATE CONSTRAINT is_known");
    }

    [Theory]
    [InlineData("UPDATE tenant_demo.rates SET rate = 100; CREATE OR REPLACE FUNCTION tenant_demo.half(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0'")]
    [InlineData("DROP SCHEMA tenant_demo CASCADE")]
    public async Task What_functions_compute_while_rows_are_loaded_is_computed_from_the_restored_ones(string loss)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync("""
            CREATE TABLE tenant_demo.rates (rate int); INSERT INTO tenant_demo.rates VALUES (2);
            CREATE FUNCTION tenant_demo.rated(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 * (SELECT rate FROM tenant_demo.rates); END';
            CREATE FUNCTION tenant_demo.half(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2';
            CREATE FUNCTION tenant_demo.bucket(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN tenant_demo.half($1) % 2; END';
            CREATE TABLE tenant_demo.a_priced (id int, price int GENERATED ALWAYS AS (tenant_demo.rated(id)) STORED); INSERT INTO tenant_demo.a_priced VALUES (1), (2), (3);
            CREATE TABLE tenant_demo.a_parts (id int, t text) PARTITION BY LIST (tenant_demo.bucket(id));
            CREATE TABLE tenant_demo.a_part0 PARTITION OF tenant_demo.a_parts FOR VALUES IN (0); CREATE TABLE tenant_demo.a_part1 PARTITION OF tenant_demo.a_parts FOR VALUES IN (1);
            INSERT INTO tenant_demo.a_parts SELECT i, 'row' FROM generate_series(1, 100) i;
            CREATE FUNCTION tenant_demo.small(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT tenant_demo.half($1) < 10 AND $1 <= (SELECT rate FROM tenant_demo.rates)';
            CREATE DOMAIN tenant_demo.small_int AS int CHECK (tenant_demo.small(value)); CREATE TYPE tenant_demo.holder AS (i tenant_demo.small_int);
            CREATE TABLE tenant_demo.a_held (h tenant_demo.holder, l tenant_demo.small_int[]); INSERT INTO tenant_demo.a_held VALUES (ROW (2), '{1,2}');
            """);
        string before = await lab.DescribeAsync("tenant_demo"), prices = await PricesAsync();
        string[] states = await ConstraintsAsync(lab);
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync(loss);

        RestoreRecord record = await lab.RestoreAsync(backup);

        Assert.Equal(before, await lab.DescribeAsync("tenant_demo"));
        Assert.Equal(prices, await PricesAsync());
        Assert.Equal(states, await ConstraintsAsync(lab));
        Assert.Equal(backup.Tables.Sum(t => t.Rows), record.Rows);

        Task<string> PricesAsync() => lab.ScalarAsync<string>("SELECT string_agg(id || '=' || price, ' ' ORDER BY id) FROM tenant_demo.a_priced");
    }

    private static async Task<string[]> ConstraintsAsync(RecoveryLab lab) => [.. await lab.ListAsync("""
        SELECT concat_ws(' ', coalesce(conrelid::regclass::text, contypid::regtype::text), conname, convalidated, conislocal, coninhcount, connoinherit, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint'))
        FROM pg_constraint WHERE connamespace = 'tenant_demo'::regnamespace AND contype = 'c' ORDER BY 1
        """)];
}
