using System.Collections.Concurrent;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Services;

/// <summary>Services that need one another, on a real engine with a real Compose.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceSequenceTests
{
    private const string Stay = "trap 'exit 0' TERM; sleep 3600 & wait";

    private readonly ConcurrentQueue<ServiceRecord> _done = new();
    private readonly ConcurrentQueue<OpsException> _failed = new();

    [Fact]
    public async Task What_others_need_is_started_first_and_waited_for()
    {
        using var lab = new ServiceLab(Shop("busybox usleep 1500000; busybox touch /tmp/well; " + Stay));
        await RunAsync(lab, ServiceChange.Start);
        Assert.Empty(_failed);
        Assert.Equal(["db", "migrate", "api"], _done.Select(s => s.Name));
        ServiceRecord api = await lab.FindAsync("api"), db = await lab.FindAsync("db"), migrate = await lab.FindAsync("migrate");
        Assert.Equal((ServiceState.Running, InstanceHealth.Healthy, true), (api.State, db.Health, migrate.Instances[0].IsDone));
        Assert.True(migrate.Instances[0].StartedAt > db.StartedAt);
        Assert.True(api.StartedAt >= migrate.Instances[0].FinishedAt);

        _done.Clear();
        await RunAsync(lab, ServiceChange.Stop);
        Assert.Equal(["api", "db"], _done.Where(s => s.Name != "migrate").Select(s => s.Name));
        Assert.True((await lab.FindAsync("db")).Instances[0].FinishedAt >= (await lab.FindAsync("api")).Instances[0].FinishedAt);

        // Containers that are there come up in the same order.
        _done.Clear();
        await RunAsync(lab, ServiceChange.Start);
        Assert.Empty(_failed);
        Assert.Equal(["db", "migrate", "api"], _done.Select(s => s.Name));
        _done.Clear();
        await RunAsync(lab, ServiceChange.Restart);
        Assert.Empty(_failed);
        Assert.Equal(["db", "migrate", "api"], _done.Select(s => s.Name));
        await DownAsync(lab);
    }

    [Fact]
    public async Task What_needs_a_service_that_does_not_come_up_is_left_alone()
    {
        using var lab = new ServiceLab(Shop("exit 4"));
        await RunAsync(lab, ServiceChange.Start);
        Assert.Empty(_done);
        Assert.Contains(_failed, e => e.ErrorId is "ServiceDown" or "ServiceDependencyDown" && e.Message.Contains("exit code 4"));
        Assert.Contains(_failed, e => e.ErrorId == "ServiceDependencyDown" && e.Message.StartsWith("api "));
        Assert.Empty((await lab.FindAsync("api")).Instances);
        await DownAsync(lab);
    }

    [Fact]
    public async Task A_service_named_alone_is_not_started_before_what_it_needs()
    {
        using var lab = new ServiceLab(Shop(Stay));
        await RunAsync(lab, ServiceChange.Start, "api");
        OpsException error = Assert.Single(_failed);
        Assert.Equal("ServiceDependencyDown", error.ErrorId);
        Assert.Contains("Start-OpsService migrate, api", error.RecommendedAction);
        Assert.Empty((await lab.FindAsync("api")).Instances);
    }

    [Fact]
    public async Task What_is_waited_for_in_vain_is_an_error_with_a_way_out()
    {
        using var lab = new ServiceLab(Shop(Stay));
        await new ServiceSequence(lab.Context, ServiceChange.Start) { Done = _done.Enqueue, Failed = _failed.Enqueue, Options = new() { Patience = TimeSpan.FromSeconds(1) } }
            .RunAsync(await lab.Platform.ListAsync(null, default), default);
        Assert.Equal("db", Assert.Single(_done).Name);
        Assert.Equal(["ServiceDependencyDown", "ServiceDependencyLate"], _failed.Select(e => e.ErrorId).Order());
        await DownAsync(lab);
    }

    [Fact]
    public async Task Without_its_profile_a_service_is_started_only_by_its_full_name()
    {
        using var lab = new ServiceLab($$"""
            version: "3.9"
            services:
              db: { image: "{{DockerFixture.Image}}", command: [sh, -c, "{{Stay}}"] }
              wipe: { image: "{{DockerFixture.Image}}", command: [sh, -c, "{{Stay}}"], profiles: [danger] }
              idle: { image: "{{DockerFixture.Image}}", command: [sh, -c, "{{Stay}}"], deploy: { replicas: 0 } }
            """);
        var catalog = new ServiceCatalog(lab.Platform);
        Assert.Equal(["db"], (await Find("*")).Select(s => s.Name));
        Assert.Equal(["wipe"], (await Find("w*", "wipe")).Select(s => s.Name));
        // What comes from a listing was named by nobody.
        Assert.Empty(await catalog.ListToStartAsync(["wipe"], named: false, lab.Reporter, e => throw e, default));
        Assert.Contains("wipe is left out", Assert.Single(lab.Reporter.Warnings));

        await new ServiceSequence(lab.Context, ServiceChange.Start) { Failed = e => throw e }.RunAsync(await Find("wipe"), default);
        Assert.Equal(ServiceState.Running, (await lab.FindAsync("wipe")).State);
        Assert.Equal(["db", "wipe"], (await Find("*")).Select(s => s.Name));
        await new ServiceControl(lab.Context, lab.Platform).StopAsync(await lab.FindAsync("wipe"), TimeSpan.Zero, default);
        Assert.Equal(["db"], (await Find("*")).Select(s => s.Name));
        await DownAsync(lab);

        Task<IReadOnlyList<ServiceRecord>> Find(params string[] names) => catalog.ListToStartAsync(names, named: true, lab.Reporter, e => throw e, default);
    }

    [Fact]
    public async Task Several_services_without_containers_are_made_without_getting_in_the_way_of_each_other()
    {
        string service = $"{{ image: \"{DockerFixture.Image}\", command: [sh, -c, \"{Stay}\"] }}";
        using var lab = new ServiceLab("version: \"3.9\"\nservices:\n" + string.Concat(Enumerable.Range(1, 4).Select(n => $"  s{n}: {service}\n")));
        try
        {
            // The first to be made makes the project's network, too.
            await RunAsync(lab, ServiceChange.Start);
            Assert.Empty(_failed);
            Assert.Equal(["s1", "s2", "s3", "s4"], _done.Where(s => s.State == ServiceState.Running).Select(s => s.Name).Order());
        }
        finally { await DownAsync(lab); }
    }

    [Fact]
    public void Groups_need_only_what_came_before_them_and_circles_end()
    {
        Assert.Equal(["cache db", "migrate", "api", "web"], Order(("api", "db migrate cache"), ("cache", ""), ("db", ""), ("migrate", "db"), ("web", "api unknown")));
        Assert.Equal(["c", "a b"], Order(("a", "b"), ("b", "a"), ("c", "c")));

        static IEnumerable<string> Order(params (string Name, string Needs)[] services) => ServiceOrder.Of([.. services.Select(s => new ServiceRecord
        {
            Name = s.Name, Environment = "lab", Kind = "compose", DependsOn = [.. s.Needs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => new ServiceDependency(n))],
        })]).Select(g => string.Join(' ', g.Select(s => s.Name)));
    }

    private async Task RunAsync(ServiceLab lab, ServiceChange change, params string[] names) =>
        await new ServiceSequence(lab.Context, change) { Done = _done.Enqueue, Failed = _failed.Enqueue }
            .RunAsync(await lab.Platform.ListAsync(names.Length == 0 ? null : names, default), default);

    private static Task DownAsync(ServiceLab lab) =>
        ComposeProgram.RunAsync(new ComposeSource([Path.Combine(lab.Folder, "compose.yaml")], lab.Folder), lab.Project, ["down", "-t", "0", "-v"], default);

    /// <summary>In the order of names, api comes before all that it needs.</summary>
    private static string Shop(string db) => $$"""
        version: "2.4"
        services:
          api: { image: "{{DockerFixture.Image}}", command: [sh, -c, "{{Stay}}"], depends_on: { migrate: { condition: service_completed_successfully }, db: { condition: service_healthy } } }
          db: { image: "{{DockerFixture.Image}}", command: [sh, -c, "{{db}}"], healthcheck: { test: "ls /tmp/well", interval: 1s, retries: 100 } }
          migrate: { image: "{{DockerFixture.Image}}", command: [sh, -c, "exit 0"], depends_on: { db: { condition: service_healthy } } }
        """;
}
