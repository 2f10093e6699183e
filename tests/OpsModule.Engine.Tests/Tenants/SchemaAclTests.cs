using OpsModule.Engine.Areas.Tenants;
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

        await lab.SuspendAsync();
        Assert.Equal("{}", await lab.AclAsync());
        await lab.ResumeAsync();

        Assert.Equal(before, await lab.AclAsync());
    }

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
