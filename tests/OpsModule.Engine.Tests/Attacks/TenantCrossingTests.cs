using System.Text;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>A tenant at another tenant's data.</summary>
public sealed class TenantCrossingTests
{
    [Theory]
    [InlineData("""{"tenant":"a","resource_tenant":"b","status":200}""", "b")]
    [InlineData("""{"org_id":"17","path":"/orgs/18/users","status":200}""", "18")]
    [InlineData("""{"tenant":"0f8fad5b-d9cb-469f-a165-70867728950e","path":"/api/tenants/7c9e6679-7425-40de-944b-e07fc1f90ae7"}""", "7c9e6679-7425-40de-944b-e07fc1f90ae7")]
    [InlineData("level=info tenant=acme url=/tenants/globex?page=2 status=200", "globex")]
    public async Task Another_tenant_is_found(string line, string other)
    {
        AttackMatch match = Assert.Single(await FindAsync(line));

        Assert.Equal("tenant-differs", match.Rule);
        Assert.Equal(other, match.MatchedText);
        Assert.NotNull(match.Tenant);
    }

    [Theory]
    [InlineData("""{"tenant":"a","resource_tenant":"A"}""")] // the same
    [InlineData("""{"tenant":"","resource_tenant":"b"}""")] // nobody asked
    [InlineData("""{"tenant":"a","resource_tenant":null,"path":"/tenants/a"}""")]
    [InlineData("""{"tenant":"acme","path":"/tenants/42"}""")] // a name and a number may be one
    [InlineData("""{"tenant":"acme","path":"/tenants/current/users"}""")]
    [InlineData("""{"path":"/tenants/acme"}""")]
    public async Task The_own_tenant_is_none(string line) => Assert.Empty(await FindAsync(line));

    [Fact]
    public async Task The_fields_can_be_named()
    {
        const string line = """{"realm":"a","owner":"b"}""";

        Assert.Empty(await FindAsync(line));
        Assert.Single(await FindAsync(line, new AttackQuery { TenantFields = ["realm"], ResourceTenantFields = ["owner"] }));
    }

    [Fact]
    public async Task A_crossing_that_was_answered_is_graver_than_one_that_was_refused()
    {
        AttackMatch answered = Assert.Single(await FindAsync("""{"tenant":"a","resource_tenant":"b","status":200,"bytes":9000}"""));
        AttackMatch refused = Assert.Single(await FindAsync("""{"tenant":"a","resource_tenant":"b","status":403}"""));

        Assert.Equal(AttackSeverity.Critical, answered.Severity);
        Assert.Equal(AttackSeverity.Medium, refused.Severity);
    }

    private static async Task<List<AttackMatch>> FindAsync(string line, AttackQuery? query = null)
    {
        var found = new List<AttackMatch>();
        var scanner = new AttackScanner(query ?? new AttackQuery { Rules = [.. RuleCatalog.Own.Where(r => r.Id == "tenant-differs")] }, TimeProvider.System);
        await foreach (IReadOnlyList<AttackMatch> batch in scanner.ScanStreamAsync(new MemoryStream(Encoding.UTF8.GetBytes(line)), "test", default)) found.AddRange(batch);
        return found;
    }
}
