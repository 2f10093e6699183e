using System.Text;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Environments;

public sealed class EnvironmentFindingTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    // unknown keys
    [InlineData("environment: a\ndatabse: {}", "UnknownKey", 2, 1, "databse", "databases")]
    [InlineData("environment: a\ndatabases:\n  main: { service: db, nmae: x, user: y, name: x }", "UnknownKey", 3, 24, "databases.main.nmae", "name")]
    [InlineData("environment: a\nbackups: { retention: { databases: 30d } }", "UnknownKey", 2, 25, "backups.retention.databases", "database")]
    [InlineData("environment: a\nplatform: { docker: {} }", "UnknownKey", 2, 13, "platform.docker", null)]
    // wrong types and values
    [InlineData("- environment", "WrongType", 1, 1, "", null)]
    [InlineData("just text", "WrongType", 1, 1, "", null)]
    [InlineData("environment: [a]", "WrongType", 1, 14, "environment", null)]
    [InlineData("environment: a\ndatabases: main", "WrongType", 2, 12, "databases", null)]
    [InlineData("environment: a\ndatabases: { main: postgres }", "WrongType", 2, 20, "databases.main", null)]
    [InlineData("environment: a\ncaches: { main: { host: h, port: many } }", "BadValue", 2, 34, "caches.main.port", null)]
    [InlineData("environment: a\ncaches: { main: { host: h, port: 70000 } }", "BadValue", 2, 34, "caches.main.port", null)]
    [InlineData("environment: a\nbackups: { retention: { wal: soon } }", "BadValue", 2, 30, "backups.retention.wal", null)]
    [InlineData("environment: a\nservices: { api: { health: 127.0.0.1/health } }", "BadValue", 2, 28, "services.api.health", null)]
    [InlineData("environment: a\nthresholds: { disk.free: { warning: low } }", "BadValue", 2, 37, "thresholds.disk.free.warning", null)]
    [InlineData("environment: a\ndatabases: { main: { host: h, name: n, user: u, sslmode: verify_full } }", "BadValue", 2, 58, "databases.main.sslmode", "verify-full")]
    [InlineData("environment: a\ndatabases: { main: { host: h, name: n, user: u, tenantSchema: tenant } }", "BadValue", 2, 63, "databases.main.tenantSchema", null)]
    [InlineData("environment: a/b", "BadValue", 1, 14, "environment", null)]
    [InlineData("environment:", "EmptyValue", 1, 1, "environment", null)]
    [InlineData("environment: ''", "EmptyValue", 1, 14, "environment", null)]
    [InlineData("environment: a\nservices: { ../etc: {} }", "BadName", 2, 13, "services.../etc", null)]
    // thresholds and checks
    [InlineData("environment: a\nthresholds: { disk.fere: { warning: 20% } }", "UnknownFigure", 2, 15, "thresholds.disk.fere", "disk.free")]
    [InlineData("environment: a\nthresholds: { disk.free: { warning: 5% } }", "ThresholdOrder", 2, 15, "thresholds.disk.free", null)]
    [InlineData("environment: a\nthresholds: { cpu.used: { warning: 90%, critical: 80% } }", "ThresholdOrder", 2, 15, "thresholds.cpu.used", null)]
    [InlineData("environment: a\nthresholds: { http.p95: { warning: 300 } }", "BadValue", 2, 36, "thresholds.http.p95.warning", null)]
    [InlineData("environment: a\nchecks: { x: { prometheus: up } }", "MissingKey", 2, 11, "checks.x.server", null)]
    [InlineData("environment: a\nprometheus: \"http://h\"\nchecks: { x: { prometheus: up, bearer: \"env:T\" } }", "MissingKey", 3, 11, "checks.x.server", null)]
    [InlineData("environment: a\nprometheus: h", "BadValue", 2, 13, "prometheus", null)]
    [InlineData("environment: a\nchecks: { x: { command: [ a ] } }", "MissingKey", 2, 11, "checks.x.service", null)]
    [InlineData("environment: a\nchecks: { x: { command: [], service: s } }", "MissingKey", 2, 11, "checks.x.command", null)]
    [InlineData("environment: a\nchecks: { x: { tcp: \"h:1\", severity: page } }", "KeyConflict", 2, 28, "checks.x.severity", null)]
    [InlineData("environment: a\ncertificates: { c: { endpoint: \"h:443\", certbotService: certbot, work: w } }", "KeyConflict", 2, 66, "certificates.c.work", null)]
    [InlineData("environment: a\ncaches: { m: { host: h, ca: ca.pem } }", "KeyConflict", 2, 25, "caches.m.ca", null)]
    [InlineData("environment: a\nchecks: { x: { warning: 1 } }", "MissingKey", 2, 11, "checks.x", null)]
    [InlineData("environment: a\nchecks: { x: }", "MissingKey", 2, 11, "checks.x", null)]
    [InlineData("environment: a\nchecks: { x: { tcp: \"h:1\", dns: h } }", "KeyConflict", 2, 11, "checks.x", null)]
    [InlineData("environment: a\nchecks: { x: { tcp: h } }", "BadValue", 2, 21, "checks.x.tcp", null)]
    [InlineData("environment: a\nchecks: { x: { tcp: \"h:99999\" } }", "BadValue", 2, 21, "checks.x.tcp", null)]
    [InlineData("environment: a\nchecks: { x: { tcp: \"h:1\", json: a } }", "KeyConflict", 2, 28, "checks.x.json", null)]
    [InlineData("environment: a\nchecks: { x: { certificate: \"h:1\", warning: 5 } }", "BadValue", 2, 45, "checks.x.warning", null)]
    [InlineData("environment: a\nchecks: { x: { sql: select 1 } }", "UnknownDatabase", 2, 14, "checks.x.database", null)]
    [InlineData("environment: a\ncaches: { main: { host: h } }\nchecks: { x: { redis: PING, cache: mian } }", "UnknownCache", 3, 36, "checks.x.cache", "main")]
    [InlineData("environment: a\nservices: { api: { health: { status: 200 } } }", "MissingKey", 2, 28, "services.api.health.url", null)]
    // alerts and metrics
    [InlineData("environment: a\nalerts: { receivers: { x: { minimum: warning } } }", "MissingKey", 2, 24, "alerts.receivers.x", null)]
    [InlineData("environment: a\nalerts: { receivers: { x: } }", "MissingKey", 2, 24, "alerts.receivers.x", null)]
    [InlineData("environment: a\nalerts: { receivers: { x: { slack: 'env:A', webhook: 'env:B' } } }", "KeyConflict", 2, 24, "alerts.receivers.x", null)]
    [InlineData("environment: a\nalerts: { receivers: { x: { slack: 'env:A', minimum: crit } } }", "BadValue", 2, 54, "alerts.receivers.x.minimum", null)]
    [InlineData("environment: a\nalerts: { receivers: { x: { slack: 'env:A', events: [ backups ] } } }", "BadValue", 2, 55, "alerts.receivers.x.events[0]", "backup")]
    [InlineData("environment: a\nalerts: { receivers: { x: { slack: 'env:A', timeout: 1h } } }", "BadValue", 2, 54, "alerts.receivers.x.timeout", null)]
    [InlineData("environment: a\nalerts: { receivers: { x: { slack: 'ftp://h/x' } } }", "BadValue", 2, 36, "alerts.receivers.x.slack", null)]
    [InlineData("environment: a\nalerts: { receivers: { x: { smtp: { host: h, from: a@b.c } } } }", "MissingKey", 2, 35, "alerts.receivers.x.smtp.to", null)]
    [InlineData("environment: a\nalerts: { receivers: { x: { smtp: { host: h, from: \"a@b.c\\r\\nBcc: d@e.f\", to: [ a@b.c ] } } } }", "BadValue", 2, 52, "alerts.receivers.x.smtp.from", null)]
    [InlineData("environment: a\nalerts: { receivers: { x: { smtp: { host: h, from: a@b.c, to: [ 'a b@c.d' ] } } } }", "BadValue", 2, 65, "alerts.receivers.x.smtp.to[0]", null)]
    [InlineData("environment: a\nalerts: { receivers: { x: { smtp: { host: h, from: a@b.c, to: [ a@b.c ], user: u } } } }", "MissingKey", 2, 35, "alerts.receivers.x.smtp", null)]
    [InlineData("environment: a\nalerts: { receivers: { x: { smtp: { host: h, from: a@b.c, to: [ a@b.c ], user: u, password: 'env:P', tls: none } } } }", "CredentialsInClear", 2, 107, "alerts.receivers.x.smtp.tls", null)]
    [InlineData("environment: a\nalerts: { receivers: { x: { smtp: { host: h, from: a@b.c, to: [ a@b.c ] }, bearer: 'env:B' } } }", "KeyConflict", 2, 76, "alerts.receivers.x.bearer", null)]
    [InlineData("environment: a\nmetrics: { pushgateway: { url: 'http://h:9091', grouping: { job: x } } }", "BadName", 2, 61, "metrics.pushgateway.grouping.job", null)]
    [InlineData("environment: a\nmetrics: { timeout: 0s }", "BadValue", 2, 21, "metrics.timeout", null)]
    // missing and conflicting keys
    [InlineData("services: {}", "MissingKey", 1, 1, "environment", null)]
    [InlineData("environment: a\ndatabases:\n  main: { service: db, user: y }", "MissingKey", 3, 3, "databases.main.name", null)]
    [InlineData("environment: a\ndatabases:\n  main: { name: x, user: y }", "MissingKey", 3, 3, "databases.main", null)]
    [InlineData("environment: a\ncaches:\n  main:", "MissingKey", 3, 3, "caches.main", null)]
    [InlineData("environment: a\ncaches:\n  main: { host: h, service: s }", "KeyConflict", 3, 3, "caches.main", null)]
    [InlineData("environment: a\nbackups: { stores: { s: { path: p, s3: b } } }", "KeyConflict", 2, 22, "backups.stores.s", null)]
    [InlineData("environment: a\nbackups: { stores: { s: { path: p, region: r } } }", "KeyConflict", 2, 36, "backups.stores.s.region", null)]
    [InlineData("environment: a\nbackups: { encryption: {} }", "MissingKey", 2, 24, "backups.encryption.recipients", null)]
    [InlineData("environment: a\nplatform: { host: {}, compose: {} }", "PlatformAmbiguous", 2, 23, "platform", null)]
    [InlineData("environment: a\ndatabases: { m: { url: 'postgres://u@h/d', port: 1 } }", "KeyConflict", 2, 44, "databases.m.port", null)]
    [InlineData("environment: a\ndatabases: { main: { host: h, name: n, user: u } }\ndrill: { queries: [ { sql: x, database: mian } ] }", "UnknownDatabase", 3, 41, "drill.queries[0].database", "main")]
    // duplicates
    [InlineData("environment: a\nenvironment: b", "DuplicateKey", 2, 1, "environment", null)]
    [InlineData("environment: a\nservices:\n  api: {}\n  API: {}", "DuplicateKey", 4, 3, "services.API", null)]
    // references
    [InlineData("environment: a\ncaches: { m: { host: h, password: 'env:' } }", "SecretReferenceBad", 2, 35, "caches.m.password", null)]
    [InlineData("environment: a\ncaches: { m: { host: h, password: '${REDIS_PASSWORD}' } }", "SecretReferenceBad", 2, 35, "caches.m.password", "env:REDIS_PASSWORD")]
    [InlineData("environment: a\ncaches: { m: { host: h, password: 'evn:REDIS' } }", "SecretReferenceBad", 2, 35, "caches.m.password", "env:...")]
    [InlineData("environment: a\ndatabases: { m: { url: 'env:OPSMODULE_NEVER_SET' } }", "SecretNotFound", 2, 24, "databases.m.url", null)]
    [InlineData("environment: a\ndatabases: { m: { url: 'mysql://u@h/d' } }", "BadUrl", 2, 24, "databases.m.url", null)]
    [InlineData("environment: a\ndatabases: { m: { url: 'postgres://u@h:port/d' } }", "BadUrl", 2, 24, "databases.m.url", null)]
    // text that is no YAML, or too much of it
    [InlineData("", "FileEmpty", 0, 0, "", null)]
    [InlineData("\n# nothing\n---\n", "FileEmpty", 0, 0, "", null)]
    [InlineData("environment: a\nservices:\n\tapi: {}", "TabIndent", 3, 1, "", null)]
    [InlineData("environment: \"a\nservices: {}", "YamlInvalid", 0, 0, "", null)]
    [InlineData("environment: a\n  services: {}", "YamlInvalid", 2, 11, "", null)]
    [InlineData("environment: a\n---\nenvironment: b", "SeveralDocuments", 2, 1, "", null)]
    [InlineData("environment: *nowhere", "AliasUnknown", 1, 14, "", null)]
    [InlineData("environment: a\nservices: &s { api: *s }", "AliasUnknown", 2, 21, "", null)]
    [InlineData("environment: a\n? { a: b }\n: c", "KeyNotText", 2, 3, "", null)]
    [InlineData("environment: a\nservices: { <<: api }", "MergeNotSection", 2, 17, "", null)]
    public void One_mistake_is_one_error_with_its_place(string text, string code, int line, int column, string path, string? nearest)
    {
        EnvironmentLoad load = Load(text);

        EnvironmentFinding finding = Assert.Single(load.Findings, f => f.Severity == FindingSeverity.Error);
        Assert.Null(load.Environment);
        Assert.Equal(code, finding.Code);
        if (code != "YamlInvalid" || line > 0) Assert.Equal((line, column), (finding.Line, finding.Column));
        Assert.Equal(path, finding.Path);
        Assert.Equal(nearest, finding.Nearest);
        Assert.Equal(load.File, finding.File);
    }

    [Theory]
    [InlineData("a: [1\nb: {", 2)]
    [InlineData("environment: a\nservices: { api: [\nb: {", 3)]
    public void A_text_that_the_parser_breaks_down_on_has_a_place_too(string text, int line)
    {
        EnvironmentFinding finding = Assert.Single(Load(text).Findings);

        Assert.Equal(("YamlInvalid", line), (finding.Code, finding.Line));
        Assert.DoesNotContain("Exception", finding.Message);
    }

    [Fact]
    public void All_mistakes_are_found_in_one_run()
    {
        EnvironmentLoad load = Load("""
            enviroment: apex
            databases:
              main: { service: postgres, name: apex, user: apex, port: x }
              main: { service: postgres, name: apex, user: apex }
            caches: []
            backups: { retention: { wal: 7 days } }
            """);

        Assert.Equal(["UnknownKey", "MissingKey", "BadValue", "DuplicateKey", "WrongType", "BadValue"], load.Findings.Select(f => f.Code));
        Assert.Equal("'enviroment' is no key of the file's top level. Did you mean 'environment'?", load.Findings[0].Message);
        Assert.Equal("'main' stands twice in databases; it is already in line 3. Expected: each key once.", load.Findings[3].Message);
        Assert.EndsWith("ops.yaml(6,30)", load.Findings[5].Location);
    }

    [Fact, System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void A_literal_secret_is_a_warning_that_does_not_show_it()
    {
        string file = _folder.Write("ops.yaml", "environment: a\ncaches: { m: { host: h, password: hunter2hunter2 } }\ndatabases: { d: { url: 'postgres://u:hunter2hunter2@h/d' } }");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        EnvironmentLoad load = EnvironmentLoader.Load(file);

        Assert.Equal(["LiteralSecretReadable", "LiteralSecret", "LiteralSecret"], load.Findings.Select(f => f.Code));
        Assert.All(load.Findings, f => Assert.Equal(FindingSeverity.Warning, f.Severity));
        Assert.DoesNotContain("hunter2", string.Join('\n', load.Findings));
        Assert.DoesNotContain("hunter2", load.Environment!.Databases["d"].ToString());
        Assert.Equal("hunter2hunter2", load.Environment.Databases["d"].Password!.Resolve());

        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        Assert.DoesNotContain(EnvironmentLoader.Load(file).Findings, f => f.Code == "LiteralSecretReadable");
    }

    [Theory]
    [InlineData("environment: a\ncaches: { m: { host: h, password: { hunter2: x } } }")]
    [InlineData("environment: a\ncaches: { m: { host: h, password: \"hunter2\\0\" } }")]
    [InlineData("environment: a\ndatabases: { m: { url: 'postgres://u:hunter2@h:x/d' } }")]
    [InlineData("environment: a\ndatabases: { m: { url: 'hunter2' } }")]
    public void A_secret_is_not_shown_by_the_error_about_it(string text) => Assert.DoesNotContain("hunter2", string.Join('\n', Load(text).Findings));

    [Fact]
    public void A_huge_file_is_refused_unread()
    {
        EnvironmentFinding finding = Assert.Single(Load("environment: a\n# " + new string('x', 10 * 1024 * 1024)).Findings);

        Assert.Equal("FileTooLarge", finding.Code);
    }

    [Fact]
    public void A_device_is_no_file() => Assert.Equal("FileUnreadable", Assert.Single(EnvironmentLoader.Load("/dev/full").Findings).Code);

    [Fact]
    public void An_endless_secret_is_refused() =>
        Assert.Contains("larger than", Assert.Single(Load("environment: a\ndatabases: { m: { url: 'file:/dev/zero' } }").Findings).Message);

    [Fact]
    public void Aliases_that_multiply_are_refused()
    {
        var text = new StringBuilder("environment: a\nx-a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i <= 20; i++) text.Append($"x-a{i}: &a{i} [{string.Join(',', Enumerable.Repeat("*a" + (i - 1), 10))}]\n");

        EnvironmentFinding finding = Assert.Single(Load(text.ToString()).Findings);

        Assert.Equal("TooManyValues", finding.Code);
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void Deep_nesting_is_refused(char bracket)
    {
        EnvironmentFinding finding = Assert.Single(Load("environment: a\nx-deep: " + new string(bracket, 100_000)).Findings);

        Assert.Contains(finding.Code, new[] { "TooDeep", "KeyNotText", "YamlInvalid" });
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_shown_with_their_place()
    {
        byte[] bytes = [.. "environment: a\n# gr"u8, 0xFC, .. "n\n"u8];

        EnvironmentFinding finding = Assert.Single(LoadBytes(bytes).Findings);

        Assert.Equal(("NotUtf8", 2, 5), (finding.Code, finding.Line, finding.Column));
        Assert.Equal("NotUtf8", Assert.Single(LoadBytes(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("environment: a")).ToArray()).Findings).Code);
        Assert.Equal("NotUtf8", Assert.Single(LoadBytes([.. "environment: "u8, 0]).Findings).Code);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_findings()
    {
        Assert.Equal("FileNotFound", Assert.Single(EnvironmentLoader.Load(Path.Combine(_folder.Path, "none.yaml")).Findings).Code);
        Assert.Equal("FileUnreadable", Assert.Single(EnvironmentLoader.Load(_folder.Path).Findings).Code);
    }

    private EnvironmentLoad Load(string text) => EnvironmentLoader.Load(_folder.Write("ops.yaml", text));

    private EnvironmentLoad LoadBytes(byte[] bytes)
    {
        string file = Path.Combine(_folder.Path, "ops.yaml");
        File.WriteAllBytes(file, bytes);
        return EnvironmentLoader.Load(file);
    }
}
