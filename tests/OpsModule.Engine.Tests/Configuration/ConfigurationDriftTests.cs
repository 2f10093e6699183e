using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Configuration.Changing;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Tests.Configuration;

/// <summary>Drift from the last backup is a finding, and a finished rotation leaves none.</summary>
public sealed class ConfigurationDriftTests
{
    [Fact]
    public async Task Drift_is_a_finding_of_health()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await LookAsync(lab)).Status);
        BackupRecord made = await lab.BackUpAsync();
        Assert.Equal(HealthStatus.Healthy, (await LookAsync(lab)).Status);
        lab.Write("api.env", "PORT=1\n");
        lab.Write("conf/new.conf", "x\n");
        HealthResult drifted = await LookAsync(lab);
        Assert.Equal((HealthStatus.Degraded, "2"), (drifted.Status, drifted.Value));
        Assert.Contains("api.env, conf/new.conf", drifted.Message);
        await lab.BackUpAsync();
        Assert.Equal(HealthStatus.Healthy, (await LookAsync(lab)).Status);
        // With another key nothing can be told, and that is said.
        Directory.Delete(lab[".ops/rollouts"], recursive: true);
        Assert.Equal(HealthStatus.Unknown, (await LookAsync(lab)).Status);
        File.Delete((await ConfigurationBackupPlanner.NewestAsync(lab.Context, "local", default))!.Location);
        Assert.Equal(HealthStatus.Unhealthy, (await LookAsync(lab)).Status);
        Assert.Equal(BackupKind.Configuration, made.Kind);
    }

    [Fact]
    public async Task A_finished_rotation_is_followed_by_a_backup_and_goes_well_without_one()
    {
        using ConfigurationLab lab = await ConfigurationLab.MakeAsync(
            more: "secrets: { session: { random: { length: 24 }, uses: [ { file: session.env, key: SESSION } ] } }");
        lab.Write("session.env", "SESSION=the-first-value\n");
        lab.Write("ops.yaml", File.ReadAllText(lab["ops.yaml"]).Replace("[ conf/,", "[ session.env, conf/,"));
        await RotateAsync(lab);
        BackupRecord first = (await ConfigurationBackupPlanner.NewestAsync(lab.Context, "local", default))!;
        Assert.Equal("Invoke-OpsSecretRotation", first.Labels["after"]);
        Assert.Empty(await lab.CompareAsync(first));
        Assert.True(first.Encrypted);

        // A store that is away is a warning, and the rotation is done.
        Directory.Delete(lab["store"], recursive: true);
        File.WriteAllText(lab["store"], "no folder");
        string before = File.ReadAllText(lab["session.env"]);
        await RotateAsync(lab);
        Assert.NotEqual(before, File.ReadAllText(lab["session.env"]));
        Assert.Contains(lab.Reporter.Warnings, w => w.Contains("the configuration was not backed up after it", StringComparison.Ordinal));
        Assert.Empty(lab.Context.Journal.FindUnfinished());
    }

    private static async Task RotateAsync(ConfigurationLab lab)
    {
        ChangePlan plan = await new RotationPlanner(lab.Context).PlanAsync(["session"], new RotationOptions(), default);
        Assert.NotNull(await new ChangeRunner(lab.Context).RunAsync(plan, default));
    }

    private static async Task<HealthResult> LookAsync(ConfigurationLab lab)
    {
        HealthResult? found = null;
        await foreach (HealthResult result in new HealthTester(lab.Context).RunAsync(new HealthRequest { Checks = ["configuration.drift"] }, default))
            found = Assert.IsType<HealthResult>(result);
        return found!;
    }
}
