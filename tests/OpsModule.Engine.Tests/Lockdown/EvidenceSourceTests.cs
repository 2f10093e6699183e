using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Lockdown.Evidence;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Lockdown;

/// <summary>Evidence is never less than it says.</summary>
[Collection(PostgresTenants.Name)]
public sealed class EvidenceSourceTests(PostgresFixture postgres) : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<string> _missing = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Sessions_that_the_login_may_not_see_are_counted_as_missing()
    {
        string database = (await postgres.CreateDatabaseAsync()).Database, login = "little" + Guid.NewGuid().ToString("N")[..8];
        await postgres.ExecuteAsync(database, $"CREATE ROLE {login} LOGIN PASSWORD 'little-9xQ2'");
        _folder.Write("password", "little-9xQ2");
        using OpsContext context = await ContextAsync($"databases: {{ main: {{ host: 127.0.0.1, port: {postgres.Port}, name: {database}, user: {login}, password: \"file:password\" }} }}");
        await using var other = await postgres.OpenAsync(database);

        string hidden = await Sources(context).SessionsOfDatabaseAsync("main", default);

        Assert.Contains("<insufficient privilege>", hidden);
        Assert.Contains("do not show what they run", Assert.Single(_missing));
        _missing.Clear();
        await postgres.ExecuteAsync(database, $"GRANT pg_read_all_stats TO {login}");
        Assert.DoesNotContain("\"query\":\"<insufficient privilege>\"", await Sources(context).SessionsOfDatabaseAsync("main", default));
        Assert.Empty(_missing);
    }

    [Fact]
    public async Task The_rules_of_the_environment_count_and_those_of_the_module_where_they_cannot_be_read()
    {
        _folder.Write("rules.yaml", "rules: [{ id: own-evil, title: A, category: Scanner, literals: [evil], pattern: evil, matches: ['GET /evil'], ignores: ['GET /good'] }]\n");
        using OpsContext context = await ContextAsync("attacks: { rules: [ rules.yaml ] }");

        Assert.Contains(Sources(context).Rules(), r => r.Id == "own-evil");
        Assert.Empty(_missing);

        _folder.Write("rules.yaml", "rules: [{ id: own-evil }]\n");
        Assert.Equal(RuleCatalog.Own.Count, Sources(context).Rules().Count);
        Assert.Contains("rules.yaml", Assert.Single(_missing));
    }

    [Fact]
    public void A_file_of_the_journal_that_was_rotated_away_is_missing_and_not_empty() =>
        Assert.Contains("rotated away", Assert.Throws<OpsException>(() => EvidenceKeeper.Read(_folder["journal-1.jsonl"])).Message);

    private EvidenceSources Sources(OpsContext context) => new(context, null, DateTimeOffset.UtcNow.AddDays(-1), e => _missing.Add(e.Message));

    private async Task<OpsContext> ContextAsync(string more)
    {
        await LockdownLab.WriteAsync(_folder.Path, more: more);
        return KilledLab.ContextOf(_folder.Path);
    }
}
