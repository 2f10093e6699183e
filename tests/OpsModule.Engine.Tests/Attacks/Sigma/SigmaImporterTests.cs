using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Attacks.Sigma;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Attacks.Sigma;

/// <summary>Sigma rules, written for these tests, become rules that find what they mean.</summary>
public sealed class SigmaImporterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private RuleImport Import(string detection, string source = "category: webserver", string more = "") =>
        new SigmaImporter(null, AttackConfidence.Medium).Read(_folder.Write("rule.yml", $"title: A test of the importer\nid: 0000-1\nauthor: Nobody\nlevel: high\ntags: [attack.initial-access, attack.t1190]\nlogsource: {{ {source} }}\n{more}\ndetection:\n  "
            + detection.ReplaceLineEndings("\n").Replace("\n", "\n  ", StringComparison.Ordinal) + "\n"));

    private static string Line(string target, string method = "GET", int status = 200, string agent = "-", string referrer = "-", string client = "203.0.113.7") =>
        $"{client} - - [21/Nov/2026:03:16:00 +0000] \"{method} {target} HTTP/1.1\" {status} 512 \"{referrer}\" \"{agent}\"";

    private static bool Finds(RuleImport import, string line)
    {
        Assert.True(import.Imported, string.Join(' ', import.Problems));
        return new EntryScanner(new AttackQuery { Rules = import.Rules }, TimeProvider.System).Scan(line, "test", null, 1).Count > 0;
    }

    [Theory]
    [InlineData("cs-uri-query: 'debug=all'", "/a?debug=all", "/a?debug=all2")]
    [InlineData("cs-uri-query|contains: 'cmd=whoami'", "/a?x=1&CMD=whoami&y=2", "/a/cmd=whoami")]
    [InlineData("cs-uri-query|startswith: 'cmd='", "/a?cmd=1", "/a?x=1&cmd=1")]
    [InlineData("cs-uri-query|endswith: '.ps1'", "/a?f=x.ps1", "/a?f=x.ps1&y=1")]
    [InlineData("cs-uri-stem|contains: '/hidden/'", "/x/hidden/a?b", "/x?p=/hidden/")]
    [InlineData("cs-uri-stem|startswith: '/cgi-test/'", "/cgi-test/a", "/x/cgi-test/a")]
    [InlineData("cs-uri-stem|endswith: '/shell.jsp'", "/up/shell.jsp?cmd=1", "/up/shell.jsp/x")]
    [InlineData("cs-uri-stem: '/status-page'", "/status-page?full", "/status-page/x")]
    [InlineData("c-uri|contains: '/api?token='", "/v1/api?token=1", "/v1/api?x=1&token=1")]
    [InlineData("c-uri: '*/down*load?.php*'", "/x/download1.php?y", "/x/download.php")]
    [InlineData("c-uri|contains: ' or sleep'", "/a?q=1%20or+sleep(3)", "/a?q=orsleep")]
    [InlineData("c-uri|contains: '%2fsecret%00'", "/a%2Fsecret%00", "/a/secret")]
    [InlineData("c-uri|contains: ['first-bad', 'second-bad']", "/x/second-bad", "/x/third-bad")]
    [InlineData("c-uri|contains|all: ['first-bad', 'second-bad']", "/second-bad?first-bad", "/x/second-bad")]
    [InlineData("c-uri|re: '/run/[0-9]{3,}\\.(exe|bat)$'", "/run/12345.BAT", "/run/12.bat")]
    [InlineData("cs-uri-query|re: '^id=\\d+;drop'", "/a?id=12;DROP", "/a?x=1&id=12;drop")]
    [InlineData("'c-uri|base64offset|contains': 'bin/bash'", "/a?x=L2Jpbi9iYXNo", "/a?x=L2Jpbi9zaAAA")]
    [InlineData("cs-referer|contains: 'bad-ads.example'", null, "/a")]
    public void Each_kind_of_value_means_what_it_says(string field, string? found, string ignored)
    {
        RuleImport import = Import($"selection:\n  {field}\ncondition: selection");
        Assert.True(Finds(import, found is null ? Line("/a", referrer: "https://bad-ads.example/x") : Line(found)));
        Assert.False(Finds(import, Line(ignored)));
    }

    [Fact]
    public void Fields_of_a_selection_hold_together_and_filters_do_not()
    {
        RuleImport import = Import("""
            selection:
              cs-method: [POST, PUT]
              cs-uri-stem|endswith: '/upload.aspx'
              sc-status: [200, 201]
              c-ip: 203.0.113.0/24
            filter_monitor:
              cs-user-agent|startswith: 'own-monitor/'
            filter_network:
              c-ip|cidr: 203.0.113.128/25
            condition: selection and not 1 of filter_*
            """);
        AttackRule rule = Assert.Single(import.Rules);
        Assert.True(Finds(import, Line("/a/upload.aspx", "POST", 201)));
        Assert.False(Finds(import, Line("/a/upload.aspx", "GET")));
        Assert.False(Finds(import, Line("/a/upload.aspx", "POST", 404)));
        Assert.False(Finds(import, Line("/a/upload.aspx", "POST", client: "198.51.100.7")));
        Assert.False(Finds(import, Line("/a/upload.aspx", "POST", client: "203.0.113.200")));
        Assert.False(Finds(import, Line("/a/upload.aspx", "POST", agent: "Own-Monitor/1.0")));
        Assert.Equal(("sigma-a-test-of-the-importer", AttackSeverity.High, "T1190", "Nobody"), (rule.Id, rule.Severity, rule.Mitre, import.Author));
        Assert.True(rule.Ignores.Count >= 5, string.Join('\n', rule.Ignores));
    }

    [Theory]
    [InlineData("1 of sel_*", true, true, true)]
    [InlineData("all of sel_*", false, false, true)]
    [InlineData("1 of them", true, true, true)]
    [InlineData("all of them", false, false, true)]
    [InlineData("sel_a and not sel_b", true, false, false)]
    [InlineData("sel_a and (sel_b or not sel_b)", true, false, true)]
    [InlineData("sel_b and not (not sel_a)", false, false, true)]
    [InlineData("sel_a OR sel_b", true, true, true)]
    public void Conditions_are_read(string condition, bool a, bool b, bool both)
    {
        RuleImport import = Import($"sel_a:\n  c-uri|contains: 'one-thing'\nsel_b:\n  cs-user-agent|contains: 'other-thing'\ncondition: {condition}");
        Assert.Equal((a, b, both), (Finds(import, Line("/one-thing")), Finds(import, Line("/", agent: "other-thing")), Finds(import, Line("/one-thing", agent: "other-thing"))));
        Assert.False(Finds(import, Line("/neither")));
    }

    [Fact]
    public void Keywords_and_lists_of_selections_are_alternatives()
    {
        RuleImport words = Import("keywords: ['evil marker', 'second=marker']\ncondition: keywords");
        Assert.Single(words.Rules);
        Assert.True(Finds(words, Line("/a?x=1&second=marker")));
        Assert.True(Finds(words, Line("/", agent: "has evil marker")));
        RuleImport all = Import("keywords:\n  '|all': ['evil-marker', 'second-marker']\ncondition: keywords");
        Assert.False(Finds(all, Line("/evil-marker")));
        Assert.True(Finds(all, Line("/evil-marker", agent: "second-marker")));
        RuleImport list = Import("selection:\n  - c-uri|contains: '/one-thing'\n  - cs-user-agent: 'other-thing'\n    cs-method: POST\ncondition: selection");
        Assert.Equal(["sigma-a-test-of-the-importer", "sigma-a-test-of-the-importer-2"], list.Rules.Select(r => r.Id));
        Assert.True(Finds(list, Line("/", "POST", agent: "other-thing")));
        Assert.False(Finds(list, Line("/", agent: "other-thing")));
    }

    [Theory]
    [InlineData("selection:\n  CommandLine|contains: whoami\ncondition: selection", "CommandLine")]
    [InlineData("selection:\n  c-uri|windash: abc\ncondition: selection", "windash")]
    [InlineData("selection:\n  c-uri|contains: abc\ncondition: selection | count() by c-ip > 10", "rate rule")]
    [InlineData("selection:\n  c-uri|contains: abc\ntimeframe: 5m\ncondition: selection", "rate rule")]
    [InlineData("selection:\n  c-uri|contains: abc\ncondition: selection and other", "other")]
    [InlineData("selection:\n  c-uri|contains: abc\ncondition: (selection", "parenthesis")]
    [InlineData("selection:\n  c-uri|contains: abc\ncondition: 2 of selection", "2 of")]
    [InlineData("selection:\n  sc-status: 404\ncondition: selection", "searched for")]
    [InlineData("selection:\n  c-uri|contains: abc\ncondition: not selection", "searched for")]
    [InlineData("selection:\n  c-uri|re: '(?<=a)bcd'\ncondition: selection", "looks around")]
    [InlineData("selection:\n  c-uri|re: '.*'\ncondition: selection", "searched for")]
    [InlineData("selection:\n  c-uri|contains: 'index'\ncondition: selection", "ordinary")]
    [InlineData("selection:\n  c-ip: home\ncondition: selection", "home")]
    [InlineData("selection: {}\ncondition: selection", "empty")]
    public void What_cannot_be_expressed_is_told_and_nothing_comes_of_it(string detection, string problem)
    {
        RuleImport import = Import(detection);
        Assert.Empty(import.Rules);
        Assert.Contains(problem, Assert.Single(import.Problems));
        Assert.Equal("A test of the importer", import.Title);
    }

    [Fact]
    public void Other_logs_and_broken_files_are_told()
    {
        const string Detection = "selection:\n  c-uri|contains: abc\ncondition: selection";
        Assert.Contains("process_creation", Assert.Single(Import(Detection, "category: process_creation, product: windows").Problems));
        Assert.True(Import(Detection, "product: nginx").Imported);
        Assert.True(Import(Detection, "category: proxy").Imported);
        Assert.StartsWith("Line ", Assert.Single(new SigmaImporter(null, AttackConfidence.Low).Read(_folder.Write("b.yml", "title: [")).Problems));
        Assert.Contains("no detection", Assert.Single(new SigmaImporter(null, AttackConfidence.Low).Read(_folder.Write("b.yml", "title: x\n")).Problems));
    }

    [Fact]
    public void What_is_written_is_read_again_and_a_file_of_somebody_else_is_left_alone()
    {
        RuleImport first = Import("selection:\n  c-uri|contains: \"it's \\\"odd\\\" # {x}\"\n  cs-method: POST\nfilter:\n  c-ip: 10.0.0.0/8\ncondition: selection and not filter");
        RuleImport bad = Import("selection:\n  sc-status: 404\ncondition: selection");
        Assert.True(first.Imported, string.Join(' ', first.Problems));
        string file = Path.Combine(_folder.Path, "out.yaml");
        var target = new RuleImportFile(file);
        target.Write([first, bad]);
        target.CheckFree(force: false);
        RuleFile read = RuleFile.Read(file);
        Assert.Empty(read.Findings);
        Assert.Empty(RuleExamples.Check(read.Rules));
        Assert.Equal(first.Rules.Select(r => (r.Id, r.Pattern, r.Decode, r.Target)), read.Rules.Select(r => (r.Id, r.Pattern, r.Decode, r.Target)));
        Assert.Contains("0000-1), by Nobody", File.ReadAllText(file));
        File.WriteAllText(file, "rules: []\n");
        Assert.Equal("RuleFileExists", Assert.Throws<OpsException>(() => target.CheckFree(force: false)).ErrorId);
        target.CheckFree(force: true);
    }

    [Theory]
    [InlineData("abc", "abc", "abc")]
    [InlineData("a?bc+d", "bcd", "b|d")]
    [InlineData("(one|two)three", "onethree", "three")]
    [InlineData("x{3}[^a-z]\\d\\.php$", "xxx01.php", ".php")]
    [InlineData("^/a(?:b(c))d\\s", "/abcd ", "/a|b|c|d")]
    public void Expressions_have_samples_and_texts_that_must_be_there(string expression, string sample, string runs)
    {
        Assert.Equal(sample, RegexSample.Of(expression));
        Assert.Matches(expression, sample);
        Assert.Equal(runs, string.Join('|', RegexSample.Runs(expression)));
    }
}
