using System.Net;
using System.Net.Sockets;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Machine;

namespace OpsModule.Engine.Tests.Health;

public sealed class HealthTesterTests : IAsyncLifetime
{
    private readonly HealthLab _lab = new();
    private readonly WebServer _web = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _web.DisposeAsync();
        _lab.Dispose();
    }

    /// <summary>Twenty targets, five of which take the connection and say nothing: an endpoint, databases, a cache, a certificate.</summary>
    [Fact]
    public async Task What_hangs_delays_no_other_and_is_told_last()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        int dead = ((IPEndPoint)silent.LocalEndpoint).Port;
        string text = "services:\n" + string.Concat(Enumerable.Range(1, 15).Select(i => $"  s{i}: {{ health: \"{_web.Url("/ok")}\" }}\n"))
            + $"  hangs: {{ health: \"http://127.0.0.1:{dead}/\" }}\n"
            + $"databases:\n  d1: {{ host: 127.0.0.1, port: {dead}, name: n, user: u }}\n  d2: {{ host: 127.0.0.1, port: {dead}, name: n, user: u }}\n"
            + $"caches: {{ c: {{ host: 127.0.0.1, port: {dead} }} }}\nchecks: {{ own: {{ certificate: \"127.0.0.1:{dead}\" }} }}";

        List<HealthResult> results = await _lab.RunAsync(text, ["service", "database", "cache", "checks"], seconds: 3);

        Assert.Equal(20, results.Count);
        Assert.All(results.Take(15), r => Assert.Equal((HealthStatus.Healthy, "service.http"), (r.Status, r.Check)));
        Assert.Equal(["cache.connect", "database.connect", "database.connect", "own", "service.http"], results.Skip(15).Select(r => r.Check).Order(StringComparer.Ordinal));
        Assert.All(results.Skip(15), r => Assert.Equal(HealthStatus.Unhealthy, r.Status));
        Assert.All(results.Skip(15), r => Assert.EndsWith(" in 3.0 s.", r.Message));
    }

    [Fact]
    public async Task Results_come_before_the_last_check_has_ended_and_stopping_waits_for_none()
    {
        OpsContext context = _lab.Context($"services: {{ ok: {{ health: \"{_web.Url("/ok")}\" }}, never: {{ health: \"{_web.Url("/never")}\" }} }}");
        var request = new HealthRequest { Checks = ["service"], Timeout = TimeSpan.FromHours(1) };

        await foreach (HealthResult result in new HealthTester(context).RunAsync(request, default))
        {
            Assert.Equal("ok", result.Target);
            break;
        }
    }

    [Fact]
    public async Task Cancelling_ends_at_once()
    {
        using var stop = new CancellationTokenSource();
        OpsContext context = _lab.Context($"services: {{ ok: {{ health: \"{_web.Url("/ok")}\" }}, never: {{ health: \"{_web.Url("/never")}\" }} }}");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (HealthResult _ in new HealthTester(context).RunAsync(new HealthRequest { Checks = ["service"], Timeout = TimeSpan.FromHours(1) }, stop.Token)) await stop.CancelAsync();
        });
    }

    [Theory]
    [InlineData("databse", "CheckUnknown", "Did you mean database?")]
    [InlineData("disk.fre", "CheckUnknown", "Did you mean disk.free?")]
    [InlineData("qeue", "CheckUnknown", "Did you mean queue?")]
    public async Task A_check_that_there_is_not_is_an_error(string check, string errorId, string said)
    {
        var error = await Assert.ThrowsAsync<OpsException>(() => _lab.RunAsync("checks: { queue: { tcp: \"127.0.0.1:1\" } }", [check]));
        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains(said, error.Message);
    }

    [Fact]
    public async Task A_service_that_there_is_not_is_an_error()
    {
        var error = await Assert.ThrowsAsync<OpsException>(() => _lab.RunAsync("services: { api: {} }", services: ["apo"]));
        Assert.Equal(("ServiceNotFound", true), (error.ErrorId, error.Message.Contains("Did you mean api?")));
    }

    [Fact]
    public async Task A_service_brings_the_checks_that_belong_to_it()
    {
        string text = $$"""
            services: { api: { health: "{{_web.Url("/ok")}}" }, web: { health: "{{_web.Url("/ok")}}" } }
            checks:
              mine: { tcp: "127.0.0.1:{{_web.Port}}", service: api }
              other: { tcp: "127.0.0.1:{{_web.Port}}" }
            """;
        List<HealthResult> results = await _lab.RunAsync(text, services: ["API"]);
        Assert.Equal([("mine", $"127.0.0.1:{_web.Port}"), ("service.http", "api")], results.Select(r => (r.Check, r.Target)).Order());
    }

    [Fact]
    public async Task This_machine_has_disks_memory_processors_and_load()
    {
        List<HealthResult> results = await _lab.RunAsync("thresholds: { memory.used: { warning: 0%, critical: 100% } }", ["disk", "memory.*", "cpu", "load"]);

        Assert.Contains(results, r => r is { Check: "disk.free", Target: "/", Number: >= 0 and <= 100 });
        Assert.Equal(results.Any(r => r.Check == "disk.inodes"), OpsModule.Foundations.Files.Disk.Inodes("/") is not null);
        Assert.All(results.Where(r => r.Check == "disk.inodes"), r => Assert.InRange(r.Number!.Value, 0, 100));
        Assert.Contains(results, r => r is { Check: "cpu.used", Number: >= 0 and <= 100 });
        Assert.Contains(results, r => r is { Check: "load.perCore", Number: >= 0 });
        Assert.Contains(results, r => r is { Check: "memory.used", Status: HealthStatus.Degraded, Threshold: "from 0% / 100%" });
    }

    /// <summary>What the kernel has counted is real; only the clock is not.</summary>
    [Fact]
    public async Task Processors_are_told_over_a_window_and_never_of_a_moment()
    {
        DateTimeOffset start = DateTimeOffset.UtcNow;
        Assert.Contains("since the machine started", (await CpuAsync(0)).Message);
        Assert.Contains("since the machine started", (await CpuAsync(5)).Message);
        Assert.Contains("over the 1 min 30 s since an earlier run", (await CpuAsync(90)).Message);
        // The one of a moment ago is passed over.
        Assert.Contains("over the 1 min 35 s since an earlier run", (await CpuAsync(95)).Message);
        Assert.Contains("over the 5 min 0 s since an earlier run", (await CpuAsync(390)).Message);
        Assert.Contains("since the machine started", (await CpuAsync(3 * 86400)).Message);

        // After a start of the machine it counts from zero.
        string file = Directory.GetFiles(_lab.Folder[".ops/counters"]).Single();
        File.WriteAllText(file, System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(file), "\"all\":[0-9.E+]+", "\"all\":1E18"));
        Assert.Contains("since the machine started", (await CpuAsync((3 * 86400) + 100)).Message);
        File.WriteAllText(file, "no json");
        Assert.Contains("since the machine started", (await CpuAsync((3 * 86400) + 200)).Message);

        async Task<HealthResult> CpuAsync(int seconds)
        {
            // The clock of the test jumps, the kernel's does not: two runs within one of its ticks would measure nothing.
            double counted = Counted();
            while (Counted() <= counted) await Task.Delay(5);
            return Assert.Single(await _lab.RunAsync("thresholds: { cpu.used: { warning: 1000%, critical: 1000% } }", ["cpu"], change: c => c with { Time = new FixedTime(start.AddSeconds(seconds)) }));
        }

        static double Counted() => ProcFiles.Cpu(File.ReadAllText("/proc/stat")).All;
    }

    [Fact]
    public async Task Ports_names_certificates_and_pages_can_be_declared()
    {
        await using var tls = new WebServer(WebServer.SelfSigned("localhost", 90, IPAddress.Loopback));
        string text = $$"""
            checks:
              port.open: { tcp: "127.0.0.1:{{_web.Port}}" }
              port.closed: { tcp: "127.0.0.1:{{FreePorts.Take()}}" }
              name.here: { dns: localhost, expect: 127.0.0.1 }
              name.other: { dns: localhost, expect: 10.9.8.7 }
              name.none: { dns: no-such-host.invalid, remedy: "Ask the registrar." }
              cert.own: { certificate: "localhost:{{tls.Port}}" }
              cert.none: { certificate: "127.0.0.1:{{_web.Port}}" }
              lag: { http: "{{_web.Url("/ok")}}", json: "deep.items[1].lag", warning: 10, critical: 40 }
              slow: { http: "{{_web.Url("/page")}}", warning: 1h }
              ready: { http: "{{_web.Url("/ok")}}", json: deep.ready }
            """;

        List<HealthResult> results = await _lab.RunAsync(text, ["checks"]);

        Assert.Equal(
        [
            ("cert.none", HealthStatus.Unhealthy), ("cert.own", HealthStatus.Unhealthy), ("lag", HealthStatus.Unhealthy), ("name.here", HealthStatus.Healthy), ("name.none", HealthStatus.Unhealthy),
            ("name.other", HealthStatus.Unhealthy), ("port.closed", HealthStatus.Unhealthy), ("port.open", HealthStatus.Healthy), ("ready", HealthStatus.Unhealthy), ("slow", HealthStatus.Healthy),
        ], results.OrderBy(r => r.Check, StringComparer.Ordinal).Select(r => (r.Check, r.Status)));
        Assert.Equal("42", results.Single(r => r.Check == "lag").Value);
        Assert.Equal("Ask the registrar.", results.Single(r => r.Check == "name.none").Remedy);
        Assert.Contains("self-signed", results.Single(r => r.Check == "cert.own").Message);
        Assert.Contains("does not speak TLS", results.Single(r => r.Check == "cert.none").Message);
    }

    /// <summary>The answer is a fake of what a broker's management page shows.</summary>
    [Fact]
    public async Task A_queue_is_a_figure_of_its_endpoint()
    {
        List<HealthResult> results = await _lab.RunAsync($$"""
            checks:
              mail: { http: "{{_web.Url("/queues")}}", json: "[0].messages_ready", warning: 100, critical: 1000 }
              billing: { http: "{{_web.Url("/queues")}}", json: "[1].messages_ready", warning: 100, critical: 1000 }
            """, ["checks"]);
        Assert.Equal([("billing", HealthStatus.Unhealthy, 1200d), ("mail", HealthStatus.Healthy, 7d)], results.OrderBy(r => r.Check).Select(r => (r.Check, r.Status, r.Number!.Value)));
    }

    [Fact]
    public async Task A_journal_that_was_touched_is_unhealthy()
    {
        OpsContext context = _lab.Context("");
        await using (IJournaledChange change = await context.Journal.BeginAsync("Test", "target")) await change.CompleteAsync("done");
        Assert.Equal(HealthStatus.Healthy, (await _lab.OneAsync("", "journal")).Status);

        string file = Directory.GetFiles(_lab.Folder[".ops"], "*.jsonl").Single();
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("target", "elsewhere"));

        HealthResult result = await _lab.OneAsync("", "journal");
        Assert.Equal((HealthStatus.Unhealthy, "journal.intact"), (result.Status, result.Check));
    }

    [Fact]
    public async Task A_change_that_waits_beyond_its_time_is_told_with_what_goes_on_with_it()
    {
        OpsContext context = _lab.Context("");
        DateTimeOffset due = DateTimeOffset.UtcNow.AddHours(2);
        string id;
        await using (IJournaledChange change = await context.Journal.BeginAsync("Set-OpsNote", "note/a"))
        {
            id = change.Id;
            await change.WaitAsync(due, "it is too early");
        }
        Assert.Equal(HealthStatus.Healthy, (await _lab.OneAsync("", "change.overdue")).Status);

        HealthResult late = await LookAsync(due.AddHours(3)), lost = await LookAsync(due.AddDays(2));

        Assert.Equal((HealthStatus.Degraded, HealthStatus.Unhealthy), (late.Status, lost.Status));
        Assert.Contains($"Set-OpsNote of note/a ({id})", late.Message);
        Assert.Contains("Resume-OpsChange -Due", late.Remedy);

        async Task<HealthResult> LookAsync(DateTimeOffset now) => Assert.Single(await _lab.RunAsync("", ["change"], change: c => c with { Time = new FixedTime(now) }));
    }

    [Fact]
    public async Task Backups_grow_old_and_untested()
    {
        const string Text = "databases: { main: { host: 127.0.0.1, port: 1, name: a, user: b } }\nbackups: { stores: { local: { path: backups } } }";
        Assert.Equal(("backup.age", HealthStatus.Unhealthy), Shown(await _lab.OneAsync(Text, "backup")));
        OpsContext context = _lab.Context(Text);
        BackupRecord old = await StoreAsync(context, "20260101T000000Z-00000a");
        await StoreAsync(context, "20260102T000000Z-00000b");

        List<HealthResult> untested = await RunAtAsync("2026-01-02T20:00:00Z");
        await new BackupCatalog(context).MarkVerifiedAsync(old, "Checksum", default);
        List<HealthResult> tested = await RunAtAsync("2026-01-03T04:00:00Z"), later = await RunAtAsync("2026-02-01T00:00:00Z");

        Assert.Equal([("backup.age", HealthStatus.Healthy), ("backup.verifiedAge", HealthStatus.Degraded), ("backup.losses", HealthStatus.Healthy)], untested.Select(Shown));
        Assert.Equal([("backup.age", HealthStatus.Degraded), ("backup.verifiedAge", HealthStatus.Healthy), ("backup.losses", HealthStatus.Healthy)], tested.Select(Shown));
        Assert.Equal([("backup.age", HealthStatus.Unhealthy), ("backup.verifiedAge", HealthStatus.Unhealthy), ("backup.losses", HealthStatus.Healthy)], later.Select(Shown));
        Assert.Equal(("main in local", "1 d 4 h"), (tested[0].Target, tested[0].Value));
        Assert.Contains("20260101T000000Z-00000a", tested[1].Message);

        Task<List<HealthResult>> RunAtAsync(string time) =>
            _lab.RunAsync(Text, ["backup"], change: c => c with { Time = new FixedTime(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture)) });

        static (string, HealthStatus) Shown(HealthResult result) => (result.Check, result.Status);
    }

    private static async Task<BackupRecord> StoreAsync(OpsContext context, string id)
    {
        var backup = new BackupRecord
        {
            Id = id,
            Environment = "lab",
            Name = "main",
            Key = BackupKeys.Object("lab", "main", null, id, Compression.None, encrypted: false),
            StartedAt = BackupKeys.TimeOf(id)!.Value,
            Compression = Compression.None,
            StoredBytes = 3,
            Sha256 = new string('0', 64),
        };
        await using (StoreUpload upload = await context.OpenStore("local").CreateAsync(backup.Key, default))
        {
            await upload.Stream.WriteAsync(new byte[3]);
            await upload.CommitAsync(default);
        }
        await new BackupCatalog(context).WriteManifestAsync(TestScope.Instance, backup, "local", default);
        return backup with { Store = "local" };
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
