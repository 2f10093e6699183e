using Npgsql;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>The privileges of a schema are taken away whole, and come back byte for byte.</summary>
[Collection(PostgresTenants.Name)]
public sealed class SchemaAclTests(PostgresFixture postgres)
{
    /// <summary>What is granted before; {app} and {other} are roles.</summary>
    public static TheoryData<string> Grants =>
    [
        "",
        "GRANT CREATE ON SCHEMA tenant_demo TO {app}",
        "GRANT USAGE ON SCHEMA tenant_demo TO PUBLIC; GRANT ALL ON SCHEMA tenant_demo TO {other} WITH GRANT OPTION",
        // Somebody else passed it on: who did stands in it, too.
        "GRANT USAGE ON SCHEMA tenant_demo TO {other} WITH GRANT OPTION; SET ROLE {other}; GRANT USAGE ON SCHEMA tenant_demo TO PUBLIC; RESET ROLE",
        "ALTER SCHEMA tenant_demo OWNER TO {other}",
        // The owner has taken something from himself.
        "ALTER SCHEMA tenant_demo OWNER TO {other}; REVOKE CREATE ON SCHEMA tenant_demo FROM {other}",
        // Nobody was ever granted anything.
        "DROP SCHEMA tenant_demo CASCADE; CREATE SCHEMA tenant_demo",
        // Everything was taken away already.
        "REVOKE ALL ON SCHEMA tenant_demo FROM {app}, postgres",
    ];

    [Theory]
    [MemberData(nameof(Grants))]
    public async Task They_come_back_byte_for_byte(string grants)
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string other = lab.App + "_other";
        await lab.ExecuteAsync($"CREATE ROLE {other}");
        string[] statements = grants.Replace("{app}", lab.App).Replace("{other}", other).Split(';', StringSplitOptions.RemoveEmptyEntries);
        if (statements.Length > 0) await lab.ExecuteAsync(string.Join(';', statements));
        string before = await lab.AclAsync();
        // What the server knows of who depends on it: dropping a role asks that.
        string depends = await DependsAsync(lab);

        await lab.SuspendAsync();
        Assert.Equal("{}", await lab.AclAsync());
        await lab.ResumeAsync();

        Assert.Equal(before, await lab.AclAsync());
        Assert.Equal(depends, await DependsAsync(lab));
    }

    [Theory]
    // Nobody was ever granted anything: the owner's own session is refused, and goes on afterwards, without logging in anew.
    [InlineData("DROP SCHEMA tenant_demo CASCADE; CREATE SCHEMA tenant_demo; ALTER SCHEMA tenant_demo OWNER TO {app}", "none")]
    [InlineData("GRANT USAGE ON SCHEMA tenant_demo TO PUBLIC", null)]
    public async Task A_session_that_is_there_is_refused_and_served_again(string grants, string? acl)
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        await lab.ExecuteAsync(grants.Replace("{app}", lab.App) + "; CREATE TABLE tenant_demo.lines (n int); GRANT SELECT ON "
            + $"tenant_demo.lines TO {lab.App}");
        if (acl is not null) Assert.Equal(acl, await lab.AclAsync());
        await using var session = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = lab.Database.Port, Database = lab.Database.Database, Username = lab.App, Password = "app-password-1",
            Pooling = false,
        }.ConnectionString);
        await session.OpenAsync();
        await using var looks = new NpgsqlCommand("SELECT count(*) FROM tenant_demo.lines", session);
        Assert.Equal(0L, await looks.ExecuteScalarAsync());

        await lab.SuspendAsync();
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => looks.ExecuteScalarAsync())).SqlState);
        await lab.ResumeAsync();

        Assert.Equal(0L, await looks.ExecuteScalarAsync());
    }

    [Fact]
    public async Task The_owner_of_a_schema_can_when_grants_bring_everything_back_and_is_told_when_they_do_not()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string owner = lab.App + "_owner";
        await lab.ExecuteAsync($"CREATE ROLE {owner} LOGIN PASSWORD '{PostgresFixture.Password}'; GRANT SELECT, UPDATE ON public.tenants TO {owner}; "
            + $"ALTER SCHEMA tenant_demo OWNER TO {owner}; ALTER SCHEMA tenant_acme OWNER TO {owner}; GRANT USAGE ON SCHEMA tenant_acme TO {lab.App} WITH "
            + $"GRANT OPTION; SET ROLE {lab.App}; GRANT USAGE ON SCHEMA tenant_acme TO PUBLIC; RESET ROLE");
        File.WriteAllText(lab.Folder["ops.yaml"], File.ReadAllText(lab.Folder["ops.yaml"]).Replace("user: postgres", $"user: {owner}"));
        using OpsContext context = Changes.Killing.KilledLab.ContextOf(lab.Folder.Path);
        string before = await lab.AclAsync(), other = await lab.AclAsync("acme");
        var planner = new SuspendPlanner(context);

        await new ChangeRunner(context).RunAsync((await planner.PlanAsync("demo", new SuspendOptions(), "Suspend-OpsTenant", default))!, default);
        Assert.Equal("{}", await lab.AclAsync());
        await new ChangeRunner(context).RunAsync((await new ResumePlanner(context).PlanAsync("demo", null, "Resume-OpsTenant", default))!, default);
        Assert.Equal(before, await lab.AclAsync());

        // What another role has passed on only that one, or a superuser, grants again.
        OpsException error = await Assert.ThrowsAsync<OpsException>(() => planner.PlanAsync("acme", new SuspendOptions(), "Suspend-OpsTenant", default));
        Assert.Equal("TenantAclNotRestorable", error.ErrorId);
        Assert.Equal(other, await lab.AclAsync("acme"));
    }

    private Task<string> DependsAsync(TenantLab lab) => postgres.ScalarAsync<string>(lab.Database.Database, """
        SELECT coalesce(string_agg(d.refobjid::regrole::text || ' ' || d.deptype::text, ', ' ORDER BY d.deptype, d.refobjid), '') FROM pg_shdepend d
        WHERE d.classid = 'pg_namespace'::regclass AND d.objid = 'tenant_demo'::regnamespace AND d.dbid =
            (SELECT oid FROM pg_database WHERE datname = current_database())
        """);

    [Fact]
    public async Task What_somebody_granted_meanwhile_is_told_and_not_mixed()
    {
        await using TenantLab lab = await TenantLab.CreateAsync(postgres);
        string before = await lab.AclAsync();
        await lab.SuspendAsync();
        await lab.ExecuteAsync($"GRANT CREATE ON SCHEMA tenant_demo TO {lab.App}");
        string mixed = await lab.AclAsync();

        OpsException error = await Assert.ThrowsAsync<OpsException>(() => lab.ResumeAsync());

        Assert.Equal("TenantAclDiffers", error.ErrorId);
        Assert.Equal(mixed, await lab.AclAsync());
        Assert.Equal((TenantStatus.Suspended, false), (lab.Find().Status, lab.Find().IsProven));
        await lab.ExecuteAsync($"REVOKE ALL ON SCHEMA tenant_demo FROM {lab.App} CASCADE");
        await lab.ResumeAsync();
        Assert.Equal(before, await lab.AclAsync());
    }
}
