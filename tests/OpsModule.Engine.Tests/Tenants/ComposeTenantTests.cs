using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Health;
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
        Assert.True(made.Seconds < 5, $"{made.Seconds} s");
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

    /// <summary>Three tenants ask all instances all the time; one of them is suspended and let in again.</summary>
    [Fact]
    public async Task Under_load_one_of_three_is_refused_everywhere_and_no_other_ever()
    {
        await using RolloutLab lab = await RolloutLab.UpAsync(Compose, replicas: 3);
        using OpsContext context = Declare(lab);
        var addresses = new List<Uri>();
        foreach (ServiceInstance instance in (await lab.Lab.FindAsync(RolloutLab.Api)).Instances)
        {
            PortRoute route = await context.ReachAsync(instance, 8080, default);
            addresses.Add(new Uri($"http://{route.Host}:{route.Port}/me"));
        }
        for (int run = 0; run < Proof.Cases(20, 1); run++)
        {
            using var stop = new CancellationTokenSource();
            var asked = new ConcurrentQueue<(string Tenant, long At, int Status)>();
            Task[] load = [.. addresses.SelectMany(a => new[] { "demo", "acme", "beta" }.Select(t => LoadAsync(a, t, asked, stop.Token)))];
            await UntilAsync(() => asked.Count > 200);
            await new ChangeRunner(context).RunAsync(
                (await new SuspendPlanner(context).PlanAsync("demo", new SuspendOptions(), "Suspend-OpsTenant", default))!, default);
            long suspended = Stopwatch.GetTimestamp();
            TenantRecord record = new TenantCatalog(context).Find("demo");
            int count = asked.Count;
            await UntilAsync(() => asked.Count > count + 200);
            long lifting = Stopwatch.GetTimestamp();
            await new ChangeRunner(context).RunAsync((await new ResumePlanner(context).PlanAsync("demo", null, "Resume-OpsTenant", default))!, default);
            long lifted = Stopwatch.GetTimestamp();
            count = asked.Count;
            await UntilAsync(() => asked.Count > count + 200);
            await stop.CancelAsync();
            await Task.WhenAll(load);

            Assert.True(record.IsProven, string.Join("; ", record.Proofs));
            Assert.True(record.Seconds < 5, $"run {run}: {record.Seconds} s");
            Assert.DoesNotContain(asked, a => a.Tenant != "demo" && a.Status != 200);
            // A request that was under way when it ended is of before.
            Assert.DoesNotContain(asked, a => a.Tenant == "demo" && a.At > suspended && a.At < lifting && a.Status != 403);
            Assert.Contains(asked, a => a.Tenant == "demo" && a.At > suspended && a.At < lifting);
            Assert.DoesNotContain(asked, a => a.Tenant == "demo" && a.At > lifted && a.Status != 200);
        }
    }

    private static async Task LoadAsync(Uri address, string tenant, ConcurrentQueue<(string, long, int)> asked, CancellationToken ct)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tenant + "-token");
        while (!ct.IsCancellationRequested)
        {
            long at = Stopwatch.GetTimestamp();
            using HttpResponseMessage answer = await client.GetAsync(address, CancellationToken.None);
            asked.Enqueue((tenant, at, (int)answer.StatusCode));
            // Not as fast as it goes: others build on this machine.
            await Task.Delay(20, CancellationToken.None);
        }
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

    private static OpsContext Declare(RolloutLab lab)
    {
        Directory.CreateDirectory(Path.Combine(lab.Lab.Folder, "tokens"));
        foreach (string tenant in new[] { "demo", "acme", "beta" })
            File.WriteAllText(Path.Combine(lab.Lab.Folder, "tokens", tenant), $"{tenant}-token\n");
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
