using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>Comments that say of a schema or database that a restore has put it aside, written by somebody else.</summary>
[Collection(PostgresRestores.Name)]
public sealed class ForgedNoteTests(PostgresFixture postgres)
{
    private const string Kept = "ops_replaced_20200101T000000_tenant_demo";

    [Fact]
    public async Task A_schema_of_a_role_that_does_not_own_the_tenant_is_not_put_in_its_place()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string role = await ForgeAsync(lab, "2020-01-01T00:00:00Z");
        RestoreRecord listed = Assert.Single(await new RestoreCatalog(lab.Context).ListAsync(null, default));
        Assert.Equal((Kept, null, role), (listed.ReplacedName, listed.Tenant, listed.Owner));
        Assert.Contains(lab.Warnings, w => w.Contains(role, StringComparison.Ordinal) && w.Contains("not believed", StringComparison.Ordinal));

        await RecoveryLab.FailsAsync("RestoreNotFound", () => RecoveryLab.UndoAsync(lab.Context, listed, TimeSpan.FromSeconds(5), default));
        await RecoveryLab.FailsAsync("RestoreNotFound", () => RecoveryLab.UndoAsync(lab.Context, listed with { Tenant = "demo", Schema = "tenant_demo" }, TimeSpan.FromSeconds(5), default));
        Assert.NotEqual(role, await lab.ScalarAsync<string>("SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'tenant_demo'"));
    }

    [Fact]
    public async Task It_is_not_believed_either_where_the_tenant_has_no_schema()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        await ForgeAsync(lab, "2020-01-01T00:00:00Z");
        await lab.ExecuteAsync("DROP SCHEMA tenant_demo CASCADE");
        Assert.Null(Assert.Single(await new RestoreCatalog(lab.Context).ListAsync(null, default)).Tenant);
    }

    [Fact]
    public async Task A_time_to_come_is_not_believed_even_of_the_owner()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string role = await ForgeAsync(lab, "2040-01-01T00:00:00Z");
        await lab.ExecuteAsync($"ALTER SCHEMA tenant_demo OWNER TO {role}");
        Assert.Null(Assert.Single(await new RestoreCatalog(lab.Context).ListAsync(null, default)).Tenant);
        Assert.Contains(lab.Warnings, w => w.Contains("2040", StringComparison.Ordinal));
    }

    /// <summary>What a restore has put aside belongs to whom the tenant belonged; when the tenant is gone the journal knows it.</summary>
    [Fact]
    public async Task What_the_journal_knows_is_believed_where_the_live_schema_is_gone()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string role = await RoleAsync();
        await lab.ExecuteAsync($"GRANT CREATE ON DATABASE {lab.Database} TO {role}; ALTER SCHEMA tenant_demo OWNER TO {role}");
        BackupRecord backup = await lab.BackUpAsync();
        RestoreRecord restore = await lab.RestoreAsync(backup);
        await lab.ExecuteAsync("DROP SCHEMA tenant_demo CASCADE");
        RestoreRecord listed = Assert.Single(await new RestoreCatalog(lab.Context).ListAsync(null, default));
        Assert.Equal((restore.Id, "demo", role), (listed.Id, listed.Tenant, listed.Owner));
        await RecoveryLab.UndoAsync(lab.Context, listed, TimeSpan.FromSeconds(20), default);
        Assert.Contains("tenant_demo", await lab.SchemasAsync());
    }

    [Fact]
    public async Task A_database_of_a_role_that_does_not_own_the_live_one_is_not_put_in_its_place()
    {
        using RecoveryLab lab = await RecoveryLab.CreateAsync(postgres);
        string role = await RoleAsync(), name = $"ops_replaced_20200101T000000_{lab.Database}";
        await postgres.ExecuteAsync("postgres", $"CREATE DATABASE \"{name}\" OWNER {role}");
        try
        {
            await postgres.ExecuteAsync("postgres", $"COMMENT ON DATABASE \"{name}\" IS '{Note(lab, lab.Database, null, "2020-01-01T00:00:00Z")}'");
            RestoreRecord listed = Assert.Single(await new RestoreCatalog(lab.Context).ListAsync(null, default));
            Assert.Equal((name, role), (listed.ReplacedName, listed.Owner));
            OpsException error = await RecoveryLab.FailsAsync("RestoreNotFound", () => RecoveryLab.UndoAsync(lab.Context, listed, TimeSpan.FromSeconds(5), default));
            Assert.Contains(role, error.Message, StringComparison.Ordinal);
        }
        finally { await postgres.ExecuteAsync("postgres", $"DROP DATABASE \"{name}\""); }
    }

    private async Task<string> RoleAsync()
    {
        string role = "tb" + Guid.NewGuid().ToString("N")[..10];
        await postgres.ExecuteAsync("postgres", $"CREATE ROLE {role}");
        return role;
    }

    private async Task<string> ForgeAsync(RecoveryLab lab, string at)
    {
        string role = await RoleAsync();
        await lab.ExecuteAsync($"""
            GRANT CREATE ON DATABASE {lab.Database} TO {role};
            SET ROLE {role};
            CREATE SCHEMA "{Kept}"; CREATE TABLE "{Kept}".orders (id int);
            COMMENT ON SCHEMA "{Kept}" IS '{Note(lab, "tenant_demo", "demo", at)}';
            """);
        return role;
    }

    private static string Note(RecoveryLab lab, string original, string? tenant, string at) =>
        $$"""{"ops":"restore","id":"20200101T000000Z-abcdef","state":"Replaced","name":"main","database":"{{lab.Database}}",{{(tenant is null ? "" : $"\"tenant\":\"{tenant}\",")}}"original":"{{original}}","backup":"b","at":"{{at}}","complete":true}""";
}
