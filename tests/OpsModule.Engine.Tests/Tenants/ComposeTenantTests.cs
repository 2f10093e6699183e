using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Rollouts.Proxies;
using OpsModule.Engine.Areas.Tenants;
using OpsModule.Engine.Areas.Tenants.Changing;
using OpsModule.Engine.Areas.Tenants.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Engine.Tests.Rollouts.Lab;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Tenants;

/// <summary>Each instance of a service in a compose project is told, and asked, by itself: every one keeps its tokens in a cache of its own.</summary>
[Collection(DockerCollection.Name)]
public sealed class ComposeTenantTests
{
    private const string Compose = """
        version: "3.4"
        services:
          api:
            image: ops-test-http:${TAG}
            env_file: [api.env]
            environment: { COLOUR: "${COLOUR}", TENANTS: "1", STALE_MS: "1500" }
            stop_grace_period: 5s
        """;

    [Fact]
    public async Task Every_instance_refuses_within_the_time_and_one_that_serves_on_is_found()
    {
        await using RolloutLab lab = await RolloutLab.UpAsync(Compose, replicas: 3);
        using OpsContext context = Declare(lab);
        var planner = new SuspendPlanner(context);

        var made = (TenantRecord)(await new ChangeRunner(context).RunAsync(
            (await planner.PlanAsync("demo", new SuspendOptions(), "Suspend-OpsTenant", default))!, default))!.Value!;

        Assert.Equal((TenantStatus.Suspended, true), (made.Status, made.IsProven));
        Assert.Equal(3, made.Proofs.Count(p => p.EndsWith("refuses (403)", StringComparison.Ordinal)));
        Assert.Contains("acme, beta served as before", made.Proofs);
        // A busy machine may be late, and then says so.
        Assert.Equal(made.Seconds > 5, made.Message.Contains("longer than", StringComparison.Ordinal));
        await new ChangeRunner(context).RunAsync((await new ResumePlanner(context).PlanAsync("demo", null, "Resume-OpsTenant", default))!, default);
        Assert.Equal(TenantStatus.Active, new TenantCatalog(context).Find("demo").Status);

        // The control: one of them accepts from now on what it has accepted.
        ServiceInstance stale = (await lab.Lab.FindAsync(RolloutLab.Api)).Instances[1];
        await PostAsync(context, stale, "/admin/stale");
        OpsException error = await Assert.ThrowsAsync<OpsException>(async () => await new ChangeRunner(context).RunAsync(
            (await planner.PlanAsync("demo", new SuspendOptions(), "Suspend-OpsTenant", default))!, default));

        Assert.Equal("TenantStillServed", error.ErrorId);
        Assert.Contains($"{stale.Name} serves (200)", error.Message);
        Assert.DoesNotContain((await lab.Lab.FindAsync(RolloutLab.Api)).Instances[0].Name + " serves", error.Message);
        Assert.Equal(TenantStatus.Unfinished, new TenantCatalog(context).Find("demo").Status);
        JournalEntry open = context.Journal.Find(Assert.Single(context.Journal.FindUnfinished()).Id)!;
        await new ChangeRunner(context).UndoAsync(open, default);
        Assert.Equal(TenantStatus.Active, new TenantCatalog(context).Find("demo").Status);
    }

    public static TheoryData<int> Runs => [.. Enumerable.Range(1, Proof.Cases(20, 1))];

    /// <summary>
    /// Three tenants ask all the time, each instance by itself and through nginx, with what they got before: a token, a session, a key, and
    /// jobs for the consumer of its queue. One of them is suspended and let in again.
    /// </summary>
    [Theory]
    [MemberData(nameof(Runs))]
    public async Task Under_load_one_of_three_is_refused_everywhere_and_no_other_ever(int run)
    {
        await using RolloutLab lab = await RolloutLab.UpAsync(Compose, replicas: 3);
        using OpsContext context = Declare(lab, Held);
        var routes = new List<PortRoute>();
        foreach (ServiceInstance instance in (await lab.Lab.FindAsync(RolloutLab.Api)).Instances) routes.Add(await context.ReachAsync(instance, 8080, default));
        await using ProxyLab nginx = await ProxyLab.StartAsync(ProxyKind.Nginx, [.. routes.Select(r => new ProxyServer(r.Host, r.Port))]);
        string[] addresses = [.. routes.Select(r => $"http://{r.Host}:{r.Port}"), $"http://127.0.0.1:{nginx.Port}"];
        var asked = new ConcurrentQueue<Asked>();
        using var stop = new CancellationTokenSource();
        Task[] load = [.. from address in addresses from tenant in new[] { "demo", "acme", "beta" } from way in Ways.Keys select LoadAsync(address, tenant, way, asked, stop.Token)];
        try
        {
            await MoreAsync(asked);
            await new ChangeRunner(context).RunAsync(
                (await new SuspendPlanner(context).PlanAsync("demo", new SuspendOptions(), "Suspend-OpsTenant", default))!, default);
            long suspended = Stopwatch.GetTimestamp();
            TenantRecord record = new TenantCatalog(context).Find("demo");
            await MoreAsync(asked);
            long lifting = Stopwatch.GetTimestamp();
            await new ChangeRunner(context).RunAsync((await new ResumePlanner(context).PlanAsync("demo", null, "Resume-OpsTenant", default))!, default);
            long lifted = Stopwatch.GetTimestamp();
            await MoreAsync(asked);

            Assert.True(record.IsProven, $"run {run}: {string.Join("; ", record.Proofs)}");
            Assert.Equal(3 * Ways.Count, record.Proofs.Count(p => p.EndsWith("refuses (403)", StringComparison.Ordinal)));
            Assert.Equal(record.Seconds > 5, record.Message.Contains("longer than", StringComparison.Ordinal));
            Assert.DoesNotContain(asked, a => a.Tenant != "demo" && a.Status != 200);
            // A request that was under way when it ended is of before.
            Asked[] meanwhile = [.. asked.Where(a => a.Tenant == "demo" && a.At > suspended && a.At < lifting)];
            Assert.DoesNotContain(meanwhile, a => a.Status != 403);
            Assert.Equal(addresses.Length * Ways.Count, meanwhile.Select(a => (a.Address, a.Way)).Distinct().Count());
            Assert.DoesNotContain(asked, a => a.Tenant == "demo" && a.At > lifted && a.Status != 200);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(load);
        }
    }

    /// <summary>What a tenant shows, by the name of its kind; jobs need nothing.</summary>
    private static readonly Dictionary<string, string> Ways = new()
    {
        ["token"] = "Authorization: Bearer {0}-token", ["session"] = "Cookie: session={0}-session", ["key"] = "X-Api-Key: {0}-key", ["job"] = "",
    };

    private sealed record Asked(string Tenant, string Address, string Way, long At, int Status);

    private static async Task LoadAsync(string address, string tenant, string way, ConcurrentQueue<Asked> asked, CancellationToken ct)
    {
        // A cookie is this test's own matter.
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        while (!ct.IsCancellationRequested)
        {
            long at = Stopwatch.GetTimestamp();
            using var request = new HttpRequestMessage(way == "job" ? HttpMethod.Post : HttpMethod.Get, address + (way == "job" ? $"/jobs/{tenant}" : "/me"));
            if (string.Format(CultureInfo.InvariantCulture, Ways[way], tenant).Split(": ") is [var name, var value]) request.Headers.Add(name, value);
            using HttpResponseMessage answer = await client.SendAsync(request, CancellationToken.None);
            asked.Enqueue(new Asked(tenant, address, way, at, (int)answer.StatusCode));
            // Not as fast as it goes: others build on this machine.
            await Task.Delay(100, CancellationToken.None);
        }
    }

    /// <summary>Until each tenant has asked three times more, each way at each address.</summary>
    private static async Task MoreAsync(ConcurrentQueue<Asked> asked)
    {
        int before = asked.Count;
        await UntilAsync(() => asked.Skip(before).GroupBy(a => (a.Tenant, a.Address, a.Way)).Count(g => g.Count() >= 3) == 3 * 4 * Ways.Count);
    }

    private static async Task UntilAsync(Func<bool> so)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!so()) await Task.Delay(50, limit.Token);
    }

    [Fact]
    public async Task An_instance_that_comes_later_knows_nothing_of_it_is_found_and_is_told_when_it_is_suspended_once_more()
    {
        await using RolloutLab lab = await RolloutLab.UpAsync(Compose, replicas: 1);
        using OpsContext context = Declare(lab);
        await new ChangeRunner(context).RunAsync(
            (await new SuspendPlanner(context).PlanAsync("demo", new SuspendOptions(), "Suspend-OpsTenant", default))!, default);
        await lab.ComposeAsync("up", "-d", "--scale", "api=2");
        await lab.Lab.UntilAsync(RolloutLab.Api, s => s.Instances.Count == 2 && s.Instances.All(i => i.IsReady));

        HealthResult health = await HealthAsync(context);
        Assert.Equal(HealthStatus.Unhealthy, health.Status);
        Assert.Contains("serves (200)", health.Message);
        ChangePlan again = (await new SuspendPlanner(context).PlanAsync("demo", new SuspendOptions(), "Suspend-OpsTenant", default))!;
        Assert.Equal("tenant.renew", again.Kind);
        Assert.Contains(again.Warnings, w => w.Contains("serves (200)", StringComparison.Ordinal));

        await new ChangeRunner(context).RunAsync(again, default);

        TenantRecord record = new TenantCatalog(context).Find("demo");
        Assert.Equal((TenantStatus.Suspended, true), (record.Status, record.IsProven));
        Assert.Equal(2, record.Proofs.Count(p => p.EndsWith("refuses (403)", StringComparison.Ordinal)));
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync(context)).Status);
        Assert.Null(await new SuspendPlanner(context).PlanAsync("demo", new SuspendOptions(), "Suspend-OpsTenant", default));
    }

    private static async Task<HealthResult> HealthAsync(OpsContext context)
    {
        var found = new List<HealthResult>();
        await foreach (HealthResult result in new HealthTester(context).RunAsync(new HealthRequest { Checks = ["tenant.suspended"] }, default)) found.Add(result);
        return Assert.Single(found);
    }

    /// <summary>Further requests that prove it: all that a tenant may still hold.</summary>
    private const string Held = """
            - { name: old session, service: api, request: "http://{instance}:8080/me", header: "Cookie: session={token}", token: "file:tokens/{tenant}.session" }
            - { name: key, service: api, request: "http://{instance}:8080/me", header: "X-Api-Key: {token}", token: "file:tokens/{tenant}.key" }
            - { name: job, service: api, method: POST, request: "http://{instance}:8080/jobs/{tenant}" }
        """;

    private static OpsContext Declare(RolloutLab lab, string proofs = "")
    {
        Directory.CreateDirectory(Path.Combine(lab.Lab.Folder, "tokens"));
        foreach (string tenant in new[] { "demo", "acme", "beta" })
            foreach (string kind in new[] { "token", "session", "key" })
                File.WriteAllText(Path.Combine(lab.Lab.Folder, "tokens", kind == "token" ? tenant : $"{tenant}.{kind}"), $"{tenant}-{kind}\n");
        File.WriteAllText(Path.Combine(lab.Lab.Folder, "ops.yaml"), $$"""
            environment: lab
            platform: { compose: { file: compose.yaml, project: {{lab.Lab.Project}} } }
            tenants:
              names: [ demo, acme, beta ]
              others: [ acme, beta ]
              suspend:
                endpoints:
                  - { name: admin, service: api, suspend: "http://{instance}:8080/admin/tenants/{tenant}/suspend", resume: "http://{instance}:8080/admin/tenants/{tenant}/resume", check: "http://{instance}:8080/admin/tenants/{tenant}", json: suspended }
              proof:
                - { name: old token, service: api, request: "http://{instance}:8080/me", header: "Authorization: Bearer {token}", token: "file:tokens/{tenant}" }
            {{proofs}}
            """);
        return KilledLab.ContextOf(lab.Lab.Folder);
    }

    private static async Task PostAsync(OpsContext context, ServiceInstance instance, string path)
    {
        PortRoute route = await context.ReachAsync(instance, 8080, default);
        using var client = new HttpClient();
        using HttpResponseMessage answer = await client.PostAsync(new Uri($"http://{route.Host}:{route.Port}{path}"), null);
        Assert.True(answer.IsSuccessStatusCode);
    }
}
