using OpsModule.Engine.Areas.Attacks;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>An application's own SQL is no attack; who writes the mark of such a log into a request hides nothing.</summary>
public sealed class StatementLogTests
{
    private const string Sql = "SELECT id FROM a WHERE x = 'y' or 1=1 UNION SELECT password FROM users --";

    [Theory]
    [InlineData("2026-11-21 03:00:00.123 UTC [71] LOG:  statement: ")]
    [InlineData("2026-11-21 03:00:00.123 UTC [71] app@shop LOG:  duration: 5.123 ms  statement: ")]
    [InlineData("2026-11-21 03:00:00 UTC [71]: user=app,db=shop,app=[unknown],client=10.0.0.7 STATEMENT:  ")]
    [InlineData("2026-11-21 03:00:00 UTC postgres shop [71] STATEMENT:  ")]
    [InlineData("2026-11-21T03:00:00.123456Z\t   12 Query\t")]
    [InlineData("2026-11-21 03:00:00,123 INFO sqlalchemy.engine.Engine ")]
    [InlineData("Hibernate: ")]
    [InlineData("2026-11-21 03:00:00.123 DEBUG 7 --- [main] Hibernate: ")]
    public void A_statement_of_a_log_is_no_attack(string head) => Assert.Empty(Matches(head + Sql));

    [Theory]
    [InlineData("2026/11/21 03:16:00 [error] 7#7: *1 open() failed, client: 203.0.113.7, server: _, request: \"GET /ActiveRecord?id=1' union select password from users-- HTTP/1.1\"")]
    [InlineData("GET /ActiveRecord?id=1' union select password from users--")]
    [InlineData("WARN a login failed for user Hibernate: 1' union select password from users--")]
    [InlineData("agent=Hibernate: q=1' union select password from users--")]
    public void A_mark_in_what_a_client_sent_hides_nothing(string line) => Assert.NotEmpty(Matches(line));

    private static IReadOnlyList<AttackMatch> Matches(string line) => new EntryScanner(new AttackQuery(), TimeProvider.System).Scan(line, "log", null, 0);
}
