using System.Text;
using OpsModule.Engine.Areas.Attacks;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>Every format: who asked, when, for what, how it ended, and with which program; and the same rules find the same in all of them.</summary>
public sealed class LogFormatTests
{
    private static readonly string[] Probes =
    [
        "q=1%27%20UNION%20SELECT%20user,2--%20-", "q=1%27%20or%20%271%27=%271", "q=%3Cscript%3Ealert(1)%3C/script%3E", "q=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
        "q=../../../../etc/passwd", "q=..%252f..%252fetc%252fpasswd", "q=;cat%20/etc/passwd", "q=%24(id)", "q=127.0.0.1%7Cid", "q=${jndi:ldap://x.example/a}",
        "q=%24%7Bjndi:rmi://x.example/a%7D", "q=php://filter/convert.base64-encode/resource=index", "url=http://169.254.169.254/latest/meta-data/",
    ];

    public static TheoryData<string> Names => [.. LogFormat.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_format_tells_what_the_server_wrote(string name)
    {
        LogFormat format = LogFormat.All.Single(f => f.Name == name);
        AttackMatch match = Assert.Single(await FindAsync([format.With("q=1%27%20UNION%20SELECT%20user,2--")]), m => m.Category == AttackCategory.SqlInjection);

        Assert.Equal(format.Told.Contains('C') ? LogFormat.Client : null, match.ClientAddress);
        if (format.Told.Contains('T')) Assert.Equal((2025, 11), (match.Time?.Year, match.Time?.Month));
        if (format.Told.Contains('M')) Assert.Equal("GET", match.Method?.ToUpperInvariant());
        Assert.Equal("/search", match.Path);
        Assert.Equal(format.Told.Contains('S') ? 401 : null, match.StatusCode);
        if (format.Told.Contains('U')) Assert.StartsWith("Mozilla/5.0", match.UserAgent);
    }

    /// <summary>Nothing is lost in a format: each probe is found, and so is a scanner by its name where the format tells it.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_format_hides_nothing(string name)
    {
        LogFormat format = LogFormat.All.Single(f => f.Name == name);
        foreach (string probe in Probes) Assert.NotEmpty(await FindAsync([format.With(probe)]));
        Assert.NotEmpty(await FindAsync([format.With("a=1", path: ".env")]));
        if (!format.Told.Contains('U')) return;
        Assert.Contains(await FindAsync([format.With("a=1", agent: "sqlmap/1.7 (https://sqlmap.org)")]), m => m.Category == AttackCategory.Scanner);
        Assert.Contains(await FindAsync([format.With("a=1", agent: "${jndi:ldap://x.example/a}")]), m => m.Category == AttackCategory.Log4Shell);
    }

    /// <summary>What a client writes may look like what a server writes. Nobody else's address, no other time and no other status comes of it.</summary>
    [Fact]
    public async Task Nothing_is_forged()
    {
        int tried = 0;
        var forged = new List<string>();
        foreach (LogFormat format in LogFormat.All)
            foreach (string forgery in Forgeries)
                foreach (string line in (string[])[format.With("q=1%27%20UNION%20SELECT%20user,2--&x=" + forgery), format.With("q=1%27%20UNION%20SELECT%20user,2--", agent: "x " + forgery)])
                {
                    foreach (AttackMatch match in await FindAsync([line]))
                    {
                        bool well = (match.ClientAddress is null or LogFormat.Client) && match.Time?.Year is not 1999 && (match.StatusCode is null or 401);
                        if (!well) forged.Add($"{format.Name}: {match.ClientAddress} {match.Time} {match.StatusCode} in {line}");
                    }
                    tried++;
                }
        Assert.Empty(forged);
        Assert.True(tried >= 200);
    }

    private static readonly string[] Forgeries =
    [
        "8.8.8.8", "from 8.8.8.8 port 22 ssh2", "client_ip=8.8.8.8", ", client: 8.8.8.8, server: x", "[client 8.8.8.8]", "rhost=8.8.8.8", "ip=8.8.8.8 status=418 time=1999-01-01T00:00:00Z",
        "\",\"client_ip\":\"8.8.8.8\",\"status\":418,\"ts\":\"1999-01-01T00:00:00Z\",\"x\":\"", "\" 418 0 \"-\" \"-\"", " HTTP/1.1\" 418 0 \"-\" \"8.8.8.8\"",
        "8.8.8.8 - - [25/Nov/1999:10:11:12 +0100] \"GET / HTTP/1.1\" 418 1", "\" for 8.8.8.8 at 1999-01-01 00:00:00 +0000", "| 418 | 1ms | 8.8.8.8 | GET | /x |",
        "X-Forwarded-For: 8.8.8.8", "{\"client_ip\":\"8.8.8.8\"}", "[Client 8.8.8.8] [Length 1]",
    ];

    private static async Task<List<AttackMatch>> FindAsync(string[] lines)
    {
        var stream = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        return await Hunting.AllAsync(Hunting.Usual.ScanStreamAsync(stream, "data", CancellationToken.None));
    }
}
