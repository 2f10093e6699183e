using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

[Collection(PostgresTenants.Name)]
public sealed class TenantRestoreTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData(RecoveryLab.Demo)]
    [InlineData(RecoveryLab.Odd)]
    public async Task Everything_in_the_schema_comes_back_and_other_tenants_are_untouched(string tenant)
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres, tenant, "other");
        string schema = RecoveryLab.Schema(tenant), s = SqlName.Quote(schema);
        string before = await lab.DescribeAsync(schema), other = await lab.DescribeAsync("tenant_other");
        BackupRecord backup = await lab.BackUpAsync(tenant);
        await lab.ExecuteAsync($"DELETE FROM {s}.\"Odd \"\"table\"\"\"; UPDATE {s}.customers SET mail = 'lost' || id || '@x' WHERE id > 10; DROP TABLE {s}.empty; CREATE TABLE {s}.later (i int); DROP FUNCTION {s}.count_text();");

        RestoreRecord record = await lab.RestoreAsync(backup);

        Assert.Equal(before, await lab.DescribeAsync(schema));
        Assert.Equal(other, await lab.DescribeAsync("tenant_other"));
        Assert.Equal((RestoreState.Replaced, RestoreKind.Schema, tenant, schema), (record.State, record.Kind, record.Tenant, record.Schema));
        Assert.Equal(backup.Tables.Sum(t => t.Rows), record.Rows);
        Assert.Equal(backup.Tables.Count, record.Tables);
        Assert.Equal([record.ReplacedName!, "public", schema, "tenant_other"], (await lab.SchemasAsync()).Order(StringComparer.Ordinal));
        Assert.Equal(3000L, await lab.ScalarAsync<long>($"SELECT {s}.count_plpgsql() + {s}.count_text() + {s}.count_atomic() - 6000"));
        Assert.Equal("later", await lab.ScalarAsync<string>($"SELECT relname::text FROM pg_class WHERE relname = 'later' AND relnamespace = {SqlName.Literal(SqlName.Quote(record.ReplacedName!))}::regnamespace"));
        Assert.DoesNotContain("public.countries", string.Join(' ', await lab.ListAsync("SELECT conrelid::regclass::text FROM pg_constraint WHERE NOT convalidated")));
    }

    [Fact]
    public async Task A_tenant_that_is_gone_comes_back()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string before = await lab.DescribeAsync("tenant_demo");
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync("DROP SCHEMA tenant_demo CASCADE");
        RestoreRecord record = await lab.RestoreAsync(backup);
        Assert.Equal(before, await lab.DescribeAsync("tenant_demo"));
        Assert.Equal((RestoreState.Restored, null), (record.State, record.ReplacedName));
    }

    [Fact]
    public async Task One_tenant_comes_back_out_of_a_backup_of_the_whole_database()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres, RecoveryLab.Demo, RecoveryLab.Odd);
        string schema = RecoveryLab.Schema(RecoveryLab.Odd);
        string before = await lab.DescribeAsync(schema), demo = await lab.DescribeAsync("tenant_demo");
        BackupRecord backup = await lab.BackUpAsync(null);
        await lab.ExecuteAsync($"TRUNCATE {SqlName.Quote(schema)}.customers CASCADE; UPDATE public.countries SET name = name || '!'");
        await RecoveryLab.RunAsync(lab.Context, new RestoreRequest { Backup = backup, Tenant = RecoveryLab.Odd }, default);
        Assert.Equal(before, await lab.DescribeAsync(schema));
        Assert.Equal(demo, await lab.DescribeAsync("tenant_demo"));
        Assert.EndsWith("!", await lab.ScalarAsync<string>("SELECT name FROM public.countries WHERE id = 1"));
    }

    [Fact]
    public async Task References_from_outside_are_refused_with_the_list()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync("""
            CREATE TABLE public.invoices (customer int REFERENCES tenant_demo.customers);
            CREATE VIEW public.all_customers AS SELECT id FROM tenant_demo.customers;
            CREATE FUNCTION public.n() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM tenant_demo.customers; END;
            """);
        OpsException error = await RecoveryLab.FailsAsync("OutsideReferences", () => lab.RestoreAsync(backup));
        Assert.Contains("invoices_customer_fkey", error.Message);
        Assert.Contains("all_customers", error.Message);
        Assert.Contains("public.n()", error.Message);
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
    }

    [Fact]
    public async Task Missing_roles_and_extensions_are_reported_before_anything_is_changed()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string role = "gone_" + Guid.NewGuid().ToString("N");
        await lab.ExecuteAsync($"CREATE ROLE {role}; CREATE ROLE {role}_owner; GRANT SELECT ON tenant_demo.happy TO {role}; ALTER TABLE tenant_demo.empty OWNER TO {role}_owner");
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync($"DROP OWNED BY {role}; ALTER TABLE tenant_demo.empty OWNER TO app_owner; DROP ROLE {role}, {role}_owner");
        OpsException error = await RecoveryLab.FailsAsync("RolesMissing", () => lab.RestoreAsync(backup));
        Assert.Contains(role + ", " + role + "_owner", error.Message);
        OpsException missing = await RecoveryLab.FailsAsync("RolesMissing", () => RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = backup }, default));
        Assert.Equal(error.Message, missing.Message);
        await lab.ExecuteAsync($"CREATE ROLE {role}; CREATE ROLE {role}_owner");
        error = await RecoveryLab.FailsAsync("ExtensionsMissing", () => lab.RestoreAsync(backup with { Extensions = ["postgis_of_mars"] }));
        Assert.Contains("postgis_of_mars", error.Message);
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
        await lab.RestoreAsync(backup);
        await lab.ExecuteAsync($"DROP SCHEMA tenant_demo CASCADE; DROP OWNED BY {role}, {role}_owner; DROP ROLE {role}, {role}_owner");
    }

    [Fact]
    public async Task A_plan_tells_what_appears_vanishes_and_changes_and_changes_nothing()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        BackupRecord backup = await lab.BackUpAsync();
        await lab.ExecuteAsync("DROP TABLE tenant_demo.empty; CREATE TABLE tenant_demo.later AS SELECT 1 AS i; DELETE FROM tenant_demo.marker");
        string before = await lab.DescribeAsync("tenant_demo");
        ChangePlan plan = await RecoveryLab.PlanAsync(lab.Context, new RestoreRequest { Backup = backup }, default);
        Assert.NotNull(plan.Undo);
        Assert.Contains(new PlanFigure("empty", "appears with 0 rows"), plan.Figures);
        Assert.Contains(new PlanFigure("later", "vanishes with 1 row"), plan.Figures);
        Assert.Contains(new PlanFigure("marker", "0 rows become 1"), plan.Figures);
        Assert.Contains(new PlanFigure("customers", "3,000 rows, as many as before"), plan.Figures);
        Assert.Equal(before, await lab.DescribeAsync("tenant_demo"));
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    [Fact]
    public async Task Columns_of_object_ids_are_refused()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync("CREATE DOMAIN tenant_demo.tab AS regclass; CREATE TABLE tenant_demo.refs (what tenant_demo.tab[]); INSERT INTO tenant_demo.refs VALUES (ARRAY['tenant_demo.empty'::regclass])");
        BackupRecord backup = await lab.BackUpAsync();
        OpsException error = await RecoveryLab.FailsAsync("ObjectIdColumns", () => lab.RestoreAsync(backup));
        Assert.Contains("refs.what", error.Message);
        Assert.Equal(["public", "tenant_demo"], await lab.SchemasAsync());
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }
}
