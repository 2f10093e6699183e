using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Health.Configuration;
using OpsModule.Engine.Areas.Services.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Services;

/// <summary>Containers that were made with other settings than those of now, by both Composes on a real engine.</summary>
[Collection(DockerCollection.Name)]
public sealed class ServiceConfigurationTests
{
    private static string Text => $$"""
        version: "3.4"
        services:
          api: { image: "{{DockerFixture.Image}}", command: ["sh", "-c", "{{DockerFixture.Stay}}"], environment: { JWT_SECRET: "${JWT}" }, env_file: [api.env], depends_on: [db], stop_grace_period: 1s }
          db: { image: "{{DockerFixture.Image}}", command: ["sh", "-c", "{{DockerFixture.Stay}}"], environment: { POSTGRES_PASSWORD: "${PW}" }, stop_grace_period: 1s }
        """;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_changed_variable_is_told_by_health_and_by_a_restart_and_made_good(bool second)
    {
        using ComposeV2? compose = second ? new ComposeV2() : null;
        using var lab = new ServiceLab(Text);
        File.WriteAllText(Path.Combine(lab.Folder, ".env"), "JWT=one\nPW=\"pa$$w\"\n");
        File.WriteAllText(Path.Combine(lab.Folder, "api.env"), "KEY=first\n");
        try
        {
            await RunAsync(lab, ServiceChange.Start, "db", "api");
            Assert.Equal([("api", true), ("db", true)], (await CompareAsync(lab)).Select(c => (c.Service, c.IsCurrent is true)));
            Assert.All(await HealthAsync(lab), r => Assert.Equal(HealthStatus.Healthy, r.Status));
            string[] before = [.. (await lab.Platform.ListAsync(null, default)).SelectMany(s => s.Instances).Select(i => i.Id)];

            File.WriteAllText(Path.Combine(lab.Folder, ".env"), "JWT=two\nPW=\"pa$$w\"\n");
            File.WriteAllText(Path.Combine(lab.Folder, "api.env"), "KEY=second\n");

            HealthResult[] told = [.. (await HealthAsync(lab)).Where(r => r.Status != HealthStatus.Healthy)];
            Assert.Equal(("api", HealthStatus.Degraded), (Assert.Single(told).Target, told[0].Status));
            Assert.Contains("other values of JWT_SECRET, KEY", told[0].Message);
            Assert.DoesNotContain("two", told[0].Message);
            var warned = new List<string>();
            await RunAsync(lab, ServiceChange.Restart, plan => warned.AddRange(plan.Warnings), "api", "db");
            Assert.Contains("-Recreate", Assert.Single(warned));
            Assert.Equal(before.Order(), (await lab.Platform.ListAsync(null, default)).SelectMany(s => s.Instances).Select(i => i.Id).Order());
            Assert.Contains("JWT_SECRET=one", await EnvironmentAsync(lab, "api"));

            await RunAsync(lab, ServiceChange.Recreate, "api", "db");

            Assert.Contains("JWT_SECRET=two", await EnvironmentAsync(lab, "api"));
            Assert.Contains("KEY=second", await EnvironmentAsync(lab, "api"));
            Assert.All(await CompareAsync(lab), c => Assert.True(c.IsCurrent, c.ToString()));
            Assert.All(await lab.Platform.ListAsync(null, default), s => Assert.Equal((ServiceState.Running, 1), (s.State, s.Instances.Count)));
            Assert.Empty(before.Intersect((await lab.Platform.ListAsync(null, default)).SelectMany(s => s.Instances).Select(i => i.Id)));
            Assert.Equal(["Restart-OpsService", "Restart-OpsService"], new Journal(lab.Context.Environment, TimeProvider.System).Find(new JournalQuery { Last = 2 }, out _).Select(e => e.Action));
        }
        finally { await DownAsync(lab); }
    }

    [Fact]
    public async Task What_another_version_made_is_compared_by_its_variables()
    {
        using var lab = new ServiceLab(Text);
        File.WriteAllText(Path.Combine(lab.Folder, ".env"), "JWT=one\nPW=x\n");
        File.WriteAllText(Path.Combine(lab.Folder, "api.env"), "KEY=first\n");
        try
        {
            await RunAsync(lab, ServiceChange.Start, "db", "api");
            using var second = new ComposeV2();
            ServiceConfiguration[] compared = [.. await CompareAsync(lab)];
            Assert.All(compared, c => Assert.True(c.IsCurrent, c.ToString()));
            Assert.All(compared, c => Assert.Contains("another version of Compose", c.Words));

            // Compose does not take the file: that none is newer proves nothing.
            string file = Path.Combine(lab.Folder, "compose.yaml"), taken = await File.ReadAllTextAsync(file);
            await File.WriteAllTextAsync(file, taken + "\nnonsense: [\n");
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-1));
            Assert.All(await CompareAsync(lab), c => Assert.True(c.IsCurrent is null && c.Words.Contains("none of its files is newer"), c.ToString()));
            await File.WriteAllTextAsync(file, taken);

            File.WriteAllText(Path.Combine(lab.Folder, ".env"), "JWT=one\nPW=y\n");

            Assert.Equal([("api", true), ("db", false)], (await CompareAsync(lab)).Select(c => (c.Service, c.IsCurrent is true)));
        }
        finally { await DownAsync(lab); }
    }

    [Fact]
    public async Task One_instance_of_several_is_restarted_alone()
    {
        using var lab = new ServiceLab();
        string one = await lab.RunAsync("api", DockerFixture.Stay);
        await lab.RunAsync("api", DockerFixture.Stay);
        ServiceRecord before = await lab.FindAsync("api");
        ServiceInstance meant = before.Instances.Single(i => i.Id == one), other = before.Instances.Single(i => i.Id != one);

        ChangePlan plan = new ServicePlanner(lab.Context).Plan(ServiceChange.Restart, before, new ServiceChangeOptions { Instance = meant.Name })!;
        Assert.Equal($"Restart {meant.Name} alone", plan.Summary);
        await new ChangeRunner(lab.Context).RunAsync(plan, default);

        ServiceRecord after = await lab.FindAsync("api");
        Assert.True(after.Instances.Single(i => i.Id == one).StartedAt > meant.StartedAt);
        Assert.Equal(other.StartedAt, after.Instances.Single(i => i.Id != one).StartedAt);
        Assert.Equal("InstanceNotFound", Assert.Throws<OpsException>(() => new ServicePlanner(lab.Context).Plan(ServiceChange.Restart, before, new ServiceChangeOptions { Instance = "nope" })).ErrorId);
        foreach (ServiceInstance instance in after.Instances) await DockerFixture.DockerAsync("rm", "-f", instance.Id);
    }

    /// <summary>Nothing is known of what Compose did not say in time, and that is said once.</summary>
    [Fact]
    public void A_Compose_that_does_not_answer_makes_one_unknown()
    {
        using var lab = new ServiceLab(Text);
        HealthCheck[] checks = [.. ConfigurationCheck.All(lab.Context)];
        Assert.Equal([HealthStatus.Unknown, null], checks.Select(c => c.TimeoutStatus()));
        Assert.Equal(HealthStatus.Unhealthy, new HealthCheck("x", "y", (_, _) => Task.CompletedTask).TimeoutStatus());
    }

    private static Task<string> EnvironmentAsync(ServiceLab lab, string service) =>
        DockerFixture.DockerAsync("inspect", "--format", "{{.Config.Env}}", lab.FindAsync(service).Result.Instances[0].Id);

    private static Task<IReadOnlyList<ServiceConfiguration>> CompareAsync(ServiceLab lab) => lab.Platform.CompareConfigurationAsync(null, default);

    private static async Task<List<HealthResult>> HealthAsync(ServiceLab lab)
    {
        var found = new List<HealthResult>();
        await foreach (HealthResult result in new HealthTester(lab.Context).RunAsync(new HealthRequest { Checks = ["service.config"] }, default)) found.Add(result);
        Assert.NotEmpty(found);
        return found;
    }

    private static Task RunAsync(ServiceLab lab, ServiceChange change, params string[] services) => RunAsync(lab, change, _ => { }, services);

    private static async Task RunAsync(ServiceLab lab, ServiceChange change, Action<ChangePlan> asked, params string[] services)
    {
        var found = new List<ServiceRecord>();
        foreach (string service in services) found.Add(await lab.FindAsync(service));
        await new ServiceSequence(lab.Context, change)
        {
            Failed = e => throw e,
            Ask = plan =>
            {
                asked(plan);
                return Task.FromResult(true);
            },
        }.RunAsync(found, default);
    }

    private static Task DownAsync(ServiceLab lab) =>
        ComposeProgram.RunAsync(new ComposeSource([Path.Combine(lab.Folder, "compose.yaml")], lab.Folder), lab.Project, ["down", "-t", "0", "-v"], default);
}
