using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Health.Causes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Health;

/// <summary>What is down is told once, and what follows from it beneath.</summary>
public sealed class RootCauseTests : IDisposable
{
    private const string Text = """
        platform: { compose: { project: shop } }
        services: { api: { health: "http://127.0.0.1:1/" }, web: { health: "https://web.example.net/" } }
        databases: { main: { service: db, name: shop, user: app } }
        caches: { main: { service: redis } }
        checks:
          orders: { sql: "SELECT 1" }
          jobs: { redis: "LLEN jobs" }
          page: { http: "http://127.0.0.1:1/page", service: web }
          other: { tcp: "127.0.0.1:1" }
          audit: { log: SECURITY, service: api }
        """;

    private readonly HealthLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void What_needs_a_service_that_is_down_follows_from_it_over_all_steps()
    {
        List<HealthResult> told = Judge(needs =>
        {
            needs.Learn("db", [], down: true, ownFault: false);
            needs.Learn("api", ["db", "redis"], down: false, ownFault: false);
            needs.Learn("web", ["api"], down: false, ownFault: false);
            needs.Learn("redis", [], down: false, ownFault: false);
        }, Bad("service.http", "web"), Bad("orders", "main"), Bad("page", "127.0.0.1:1"), Bad("database.connect", "main"), Bad("certificate.valid", "web.example.net:443"),
            Bad("service.http", "api"), Bad("service.state", "db"), Bad("cache.connect", "main"), Bad("other", "127.0.0.1:1"), Bad("jobs", "main"));

        Assert.Equal(["cache.connect of main", "other of 127.0.0.1:1", "service.state of db"], told.Where(r => r.CausedBy is null).Select(Name).Order());
        Assert.Equal(["certificate.valid of web.example.net:443", "database.connect of main", "orders of main", "page of 127.0.0.1:1", "service.http of api", "service.http of web"],
            told.Where(r => r.CausedBy == "service.state of db").Select(Name).Order());
        Assert.Equal(["jobs of main"], told.Where(r => r.CausedBy == "cache.connect of main").Select(Name));
        HealthSummary summary = HealthSummary.Of(told);
        Assert.StartsWith("OPS CRITICAL - 10 of 10 checks not healthy: cache.connect of main: Bad (from which follows: jobs of main); other of 127.0.0.1:1: Bad; service.state of db: Bad (from which follows: ", summary.Text);
        Assert.Contains("and 3 more)", summary.Text);
        Assert.Equal([null, "service.state of db"], told.Where(r => r.Check.Contains("connect")).OrderBy(r => r.Check).Select(r => ((IAlertSource)r).ToAlert().FollowsFrom));
    }

    [Fact]
    public void A_database_that_lets_nobody_in_is_a_root_though_its_service_runs()
    {
        List<HealthResult> told = Judge(needs =>
        {
            needs.Learn("db", [], down: false, ownFault: false);
            needs.Learn("api", ["db"], down: false, ownFault: false);
        }, Bad("database.connect", "main"), Bad("service.http", "api"), Bad("orders", "main"));
        Assert.Equal([("database.connect of main", null), ("orders of main", "database.connect of main"), ("service.http of api", "database.connect of main")],
            told.Select(r => (Name(r), r.CausedBy)).Order());
    }

    [Fact]
    public void What_was_paused_or_out_of_memory_is_a_root_whatever_it_needs()
    {
        List<HealthResult> told = Judge(needs =>
        {
            needs.Learn("db", [], down: true, ownFault: false);
            needs.Learn("api", ["db"], down: true, ownFault: true);
            needs.Learn("web", ["api"], down: true, ownFault: false);
        }, Bad("service.state", "db"), Bad("service.state", "api"), Bad("service.state", "web"));
        Assert.Equal([("service.state of api", null), ("service.state of db", null), ("service.state of web", "service.state of api")], told.Select(r => (Name(r), r.CausedBy)).Order());
    }

    [Fact]
    public void A_certificate_that_is_not_trusted_keeps_callers_out_and_one_that_cannot_be_asked_for_follows()
    {
        HealthResult certificate = Bad("certificate.valid", "web.example.net:443"), http = Bad("service.http", "web"), page = Bad("page", "127.0.0.1:1");
        Assert.Equal([("certificate.valid of web.example.net:443", null), ("page of 127.0.0.1:1", "certificate.valid of web.example.net:443"), ("service.http of web", "certificate.valid of web.example.net:443")],
            Judge(_ => { }, page, certificate, http with { Message = "No trusted TLS connection to web.example.net: its certificate is self-signed." }).Select(r => (Name(r), r.CausedBy)).Order());
        Assert.Equal([("certificate.valid of web.example.net:443", "service.http of web"), ("page of 127.0.0.1:1", "service.http of web"), ("service.http of web", null)],
            Judge(_ => { }, page, certificate, http).Select(r => (Name(r), r.CausedBy)).Order());
    }

    [Fact]
    public void What_works_less_well_takes_nobody_with_it_and_what_was_stopped_does()
    {
        HealthResult partly = Bad("service.state", "db") with { Status = HealthStatus.Degraded };
        Assert.All(Judge(Needs(down: false), partly, Bad("service.http", "api")), r => Assert.Null(r.CausedBy));
        HealthResult follows = Judge(Needs(down: true), partly, Bad("service.http", "api")).Single(r => r.CausedBy == "service.state of db");
        // Its cause is less grave, so that some receivers do not hear of that.
        Assert.Null(((IAlertSource)follows).ToAlert().FollowsFrom);

        static Action<NeedMap> Needs(bool down) => needs =>
        {
            needs.Learn("db", [], down, ownFault: down);
            needs.Learn("api", ["db"], down: false, ownFault: false);
        };
    }

    [Fact]
    public void What_logs_say_and_figures_that_could_be_had_stand_for_themselves()
    {
        List<HealthResult> told = Judge(needs =>
        {
            needs.Learn("db", [], down: true, ownFault: false);
            needs.Learn("api", ["db"], down: false, ownFault: false);
        }, Bad("service.state", "db"), Bad("audit", "api"), Bad("jobs", "main") with { Number = 1200 }, Bad("database.connections", "main") with { Number = 99 }, Bad("service.restarts", "api") with { Number = 12 });
        Assert.Equal(["service.restarts of api"], told.Where(r => r.CausedBy is not null).Select(Name));
    }

    [Fact]
    public void What_follows_from_nothing_and_what_is_well_is_told_at_once()
    {
        var causes = new RootCauses(new NeedMap(_lab.Context(Text).Environment), open: 1);
        Assert.Single(causes.Take(Bad("disk.free", "/")));
        Assert.Single(causes.Take(Bad("service.http", "api") with { Status = HealthStatus.Healthy }));
        Assert.Empty(causes.Take(Bad("service.http", "api")));
        Assert.Single(causes.Ended());
        Assert.Empty(causes.Rest());
        Assert.Single(causes.Take(Bad("page", "x")));
    }

    [Fact]
    public async Task A_fault_that_goes_on_when_its_cause_is_mended_is_told_then()
    {
        var memory = new HealthMemory(1);
        HealthResult follows = Bad("service.http", "api") with { CausedBy = "service.state of db" };
        Assert.NotNull(memory.Take(follows));
        Assert.Null(memory.Take(follows));
        Assert.NotNull(memory.Take(follows with { CausedBy = null }));
        Assert.Null(memory.Take(follows with { CausedBy = null }));
        await Task.CompletedTask;
    }

    /// <summary>A check of real parts: the cache's server is not there, and its command cannot be asked.</summary>
    [Fact]
    public async Task A_round_tells_a_cache_that_is_gone_and_its_queue_beneath()
    {
        List<HealthResult> results = await _lab.RunAsync($$"""
            caches: { main: { host: 127.0.0.1, port: {{FreePorts.Take()}} } }
            checks: { jobs: { redis: "LLEN jobs", warning: 1, runbook: "https://runbooks.example.net/jobs" } }
            """, ["cache", "checks"]);
        Assert.Equal([("cache.connect", null), ("jobs", "cache.connect of main")], results.Select(r => (r.Check, r.CausedBy)));
        Assert.Equal("https://runbooks.example.net/jobs", results[1].Runbook);
        Assert.Equal("https://runbooks.example.net/jobs", ((IAlertSource)results[1]).ToAlert().Fields["Runbook"]);
    }

    [Fact]
    public async Task Who_asks_for_one_figure_of_a_server_that_is_gone_is_not_told_nothing()
    {
        string text = $"databases: {{ main: {{ host: 127.0.0.1, port: {FreePorts.Take()}, name: n, user: u }} }}\ncaches: {{ main: {{ host: 127.0.0.1, port: {FreePorts.Take()} }} }}";
        Assert.Equal(("database.lag", HealthStatus.Unhealthy), await _lab.OneAsync(text, "database.lag") is var lag ? (lag.Check, lag.Status) : default);
        Assert.Equal(("cache.memory", HealthStatus.Unhealthy), await _lab.OneAsync(text, "cache.memory") is var memory ? (memory.Check, memory.Status) : default);
    }

    [Theory]
    [InlineData(84.5, "82 of 97 connections are taken.", "84.5% (warning from 80%, critical from 90%): 82 of 97 connections are taken.")]
    [InlineData(84.5, "It is 84.5%.", "It is 84.5% (warning from 80%, critical from 90%).")]
    [InlineData(84.5, "It was 184.5%.", "84.5% (warning from 80%, critical from 90%): It was 184.5%.")]
    [InlineData(79, "All is well.", "All is well.")]
    public void What_is_told_of_a_figure_holds_it_and_its_levels(double value, string message, string told) =>
        Assert.Equal(told, Limits.Of(_lab.Context("").Environment, "database.connections").Tell(value, message));

    private List<HealthResult> Judge(Action<NeedMap> learn, params HealthResult[] results)
    {
        var needs = new NeedMap(_lab.Context(Text).Environment);
        learn(needs);
        var causes = new RootCauses(needs, open: 1);
        return [.. results.SelectMany(causes.Take).ToArray(), .. causes.Ended(), .. causes.Rest()];
    }

    private static string Name(HealthResult result) => $"{result.Check} of {result.Target}";

    private static HealthResult Bad(string check, string target) => new() { Check = check, Target = target, Status = HealthStatus.Unhealthy, Message = "Bad.", Environment = "lab" };
}
