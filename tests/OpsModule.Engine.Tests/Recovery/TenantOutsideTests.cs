using Npgsql;
using OpsModule.Connections.Postgres;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>What lies outside a tenant's schema and belongs to it: taken for what it is, and told when it is gone.</summary>
[Collection(PostgresTenants.Name)]
public sealed class TenantOutsideTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Range_types_come_back_with_their_own_casts()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync("""
            CREATE TYPE tenant_demo.span AS RANGE (SUBTYPE = int, MULTIRANGE_TYPE_NAME = tenant_demo.spans);
            CREATE TABLE tenant_demo.ranges (r tenant_demo.span, m tenant_demo.spans, EXCLUDE USING gist (r WITH &&)); INSERT INTO tenant_demo.ranges VALUES ('[1,5)', '{[1,2),[3,4)}');
            CREATE DOMAIN tenant_demo.short AS tenant_demo.span CHECK (upper(value) - lower(value) < 10);
            """);
        string before = await lab.DescribeAsync("tenant_demo");
        BackupRecord backup = await lab.BackUpAsync();
        RestoreRecord record = await lab.RestoreAsync(backup);
        Assert.Equal(before, await lab.DescribeAsync("tenant_demo"));
        await RecoveryLab.RemoveAsync(lab.Context, record, default);
        // A cast that somebody made is outside, is in no backup of the tenant, and would go on with the replaced type.
        await lab.ExecuteAsync("CREATE FUNCTION tenant_demo.to_text(tenant_demo.span) RETURNS text LANGUAGE sql AS 'SELECT lower($1)::text'; CREATE CAST (tenant_demo.span AS text) WITH FUNCTION tenant_demo.to_text");
        OpsException error = await RecoveryLab.FailsAsync("OutsideReferences", () => lab.RestoreAsync(backup));
        Assert.Contains("cast from tenant_demo.span to text", error.Message);
        Assert.DoesNotContain("multirange", error.Message);
        Assert.DoesNotContain("spans", error.Message);
    }

    [Fact]
    public async Task An_extension_in_the_schema_is_never_advised_to_be_dropped()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync("CREATE EXTENSION hstore SCHEMA tenant_demo; CREATE TABLE tenant_demo.h (h tenant_demo.hstore)");
        BackupRecord backup = await lab.BackUpAsync();
        OpsException error = await RecoveryLab.FailsAsync("OutsideReferences", () => lab.RestoreAsync(backup));
        Assert.Contains("extension hstore", error.Message);
        Assert.DoesNotContain("Drop them", error.RecommendedAction);
        Assert.Contains("ALTER EXTENSION \"hstore\" SET SCHEMA", error.RecommendedAction);
    }

    [Fact]
    public async Task What_the_backup_leaves_out_is_told_when_it_is_gone()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await lab.ExecuteAsync("""
            CREATE TYPE tenant_demo.temper AS ENUM ('a'); CREATE FUNCTION tenant_demo.temper_of(int) RETURNS tenant_demo.temper LANGUAGE sql AS 'SELECT ''a''::tenant_demo.temper';
            CREATE CAST (int AS tenant_demo.temper) WITH FUNCTION tenant_demo.temper_of; CREATE VIEW public.all_customers AS SELECT id FROM tenant_demo.customers;
            CREATE FUNCTION tenant_demo.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION tenant_demo.on_ddl();
            CREATE FUNCTION tenant_demo.on_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER counted BEFORE INSERT ON public.countries FOR EACH ROW EXECUTE FUNCTION tenant_demo.on_row();
            CREATE PUBLICATION news FOR TABLE tenant_demo.customers;
            """);
        BackupRecord backup = await lab.BackUpAsync(), read = (await lab.Lab.ListAsync()).Single();
        Assert.Equal(backup.LeftOut, read.LeftOut);
        await lab.ExecuteAsync("DROP SCHEMA tenant_demo CASCADE");

        await lab.RestoreAsync(read);

        string told = Assert.Single(lab.Warnings);
        foreach (string gone in new[] { "cast from integer to tenant_demo.temper", "event trigger watch", "view public.all_customers", "trigger counted on table public.countries", "publication news (customers)" })
            Assert.Contains(gone, told);
        // What is there again is not told.
        await lab.ExecuteAsync("DROP SCHEMA tenant_demo CASCADE; DROP PUBLICATION news");
        lab.Lab.Reporter.Warnings.Clear();
        await lab.RestoreAsync(read);
        Assert.Single(lab.Warnings);
        Assert.Empty((await lab.BackUpAsync()).LeftOut);
    }

    [Fact]
    public async Task Schemas_that_restores_keep_are_told_when_the_whole_database_is_backed_up()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        RestoreRecord record = await lab.RestoreAsync(await lab.BackUpAsync());
        lab.Lab.Reporter.Warnings.Clear();
        await lab.BackUpAsync();
        Assert.Empty(lab.Warnings);
        BackupRecord whole = await lab.BackUpAsync(null);
        Assert.Contains(record.ReplacedName!, Assert.Single(lab.Warnings));
        Assert.Contains(whole.Tables, t => t.Schema == record.ReplacedName);
    }
}
