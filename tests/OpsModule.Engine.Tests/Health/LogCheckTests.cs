using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Health;

/// <summary>Checks that count lines of real containers' logs.</summary>
[Collection(DockerCollection.Name)]
public sealed class LogCheckTests
{
    [Fact]
    public async Task Lines_that_match_are_counted_and_a_log_that_is_not_there_is_no_good_news()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("api", "echo 'SECURITY: one'; echo 'security of a fund'; echo 'SECURITY: two'; sleep 1000");
        await lab.RunAsync("worker", "echo 'SECURITY: three'; sleep 1000");
        while ((await lab.LogAsync((await lab.FindAsync("api")).Instances[0], new())).Split('\n').Length < 4) await Task.Delay(50);
        while (!(await lab.LogAsync((await lab.FindAsync("worker")).Instances[0], new())).Contains("three")) await Task.Delay(50);

        HealthResult all = await RunAsync(lab, new CheckSettings { Name = "log.all", Kind = CheckKind.Log, Subject = "(?-i:SECURITY)" });
        Assert.Equal((HealthStatus.Degraded, 3d, "all logs"), (all.Status, all.Number!.Value, all.Target));
        Assert.StartsWith("3 entries match since 2", all.Message);
        HealthResult one = await RunAsync(lab, new CheckSettings { Name = "log.api", Kind = CheckKind.Log, Subject = "security", Service = "api", Levels = new ThresholdSettings("2", "3"), Remedy = "Look." });
        Assert.Equal((HealthStatus.Unhealthy, 3d, "api", "Look."), (one.Status, one.Number!.Value, one.Target, one.Remedy));
        HealthResult none = await RunAsync(lab, new CheckSettings { Name = "log.none", Kind = CheckKind.Log, Subject = "AUDIT LOG FAILURE" });
        Assert.Equal((HealthStatus.Healthy, 0d), (none.Status, none.Number!.Value));
        HealthResult missing = await RunAsync(lab, new CheckSettings { Name = "log.missing", Kind = CheckKind.Log, Subject = "x", Service = "wroker" });
        Assert.True(missing.Status is HealthStatus.Unhealthy or HealthStatus.Unknown, missing.ToString());
    }

    private static async Task<HealthResult> RunAsync(ServiceLab lab, CheckSettings check)
    {
        OpsContext context = OpsContextFactory.Create(lab.Context.Environment with { Checks = new Dictionary<string, CheckSettings> { [check.Name] = check } }, lab.Reporter);
        var results = new List<HealthResult>();
        await foreach (HealthResult result in new HealthTester(context).RunAsync(new HealthRequest { Checks = [check.Name] }, default)) results.Add(result);
        return Assert.Single(results);
    }
}
