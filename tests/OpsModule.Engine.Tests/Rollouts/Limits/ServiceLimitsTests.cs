using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Rollouts.Limits;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Rollouts.Limits;

/// <summary>Limits are read in the terms of the platform, and kept in a compose file of ours.</summary>
public sealed class ServiceLimitsTests
{
    [Theory]
    [InlineData("512m", false, 512L << 20, "512Mi")]
    [InlineData("512m", true, 512L << 20, "512Mi")]
    [InlineData("512M", false, 512L << 20, "512Mi")]
    [InlineData("512M", true, 512_000_000, "512M")]
    [InlineData("1Gi", true, 1L << 30, "1Gi")]
    [InlineData("1gb", false, 1L << 30, "1Gi")]
    [InlineData("1.5g", false, 3L << 29, "1536Mi")]
    [InlineData("8388608", true, 8388608, "8Mi")]
    [InlineData("10000001", true, 10000001, "10000001")]
    public void Memory_is_read_in_the_terms_of_the_field(string text, bool inCluster, long bytes, string cluster)
    {
        ServiceLimits limits = ServiceLimits.Of(text, null, null, null, inCluster);
        Assert.Equal((bytes, cluster), (limits.MemoryBytes, limits.ClusterMemory));
    }

    [Theory]
    [InlineData("0.5", 500, "500m")]
    [InlineData("500m", 500, "500m")]
    [InlineData("2", 2000, "2")]
    [InlineData("0.125", 125, "125m")]
    public void Processors_are_read_as_parts_and_as_thousandths(string text, int millis, string cluster)
    {
        ServiceLimits limits = ServiceLimits.Of(null, text, null, null, false);
        Assert.Equal((millis, cluster), (limits.CpuMillis!.Value, limits.ClusterCpu));
    }

    [Theory]
    [InlineData("lots", null)]
    [InlineData("-1m", null)]
    [InlineData("512 m", null)]
    [InlineData("1m", null)]
    [InlineData(null, "0")]
    [InlineData(null, "0.0001")]
    [InlineData(null, "1e3")]
    public void What_cannot_be_meant_is_refused(string? memory, string? cpu) =>
        Assert.Equal("LimitInvalid", Assert.Throws<OpsException>(() => ServiceLimits.Of(memory, cpu, null, null, true)).ErrorId);

    [Fact]
    public async Task The_file_holds_the_limits_of_each_service_and_goes_with_the_last()
    {
        await using var lab = new LimitLab();
        await lab.PrepareAsync();
        ChangePlan plan = await lab.PlanAsync();
        ChangeResult made = (await new ChangeRunner(lab.Context).RunAsync(plan, default))!;
        string text = File.ReadAllText((string)made.Value!);
        Assert.Contains("mem_limit: 67108864", text);
        Assert.Contains("version: \"3.8\"", text);
        Assert.Contains("COMPOSE_FILE=compose.yaml:compose.opsmodule.yaml", text);
        // Where the project's file has it under deploy, it stands there, for Compose refuses both.
        Assert.Matches("(?s)limits:\n +cpus: \"0.5\"", text);
        ComposeSource source = ComposeSource.Of("api", [], ComposeProject.Read(lab.Context.Environment.Platform), lab.Context.Environment.Platform, lab.Context.Reporter)!;
        Assert.Equal([lab.File("compose.yaml"), lab.File("compose.opsmodule.yaml")], source.Files);
        await new ChangeRunner(lab.Context).UndoAsync(lab.Context.Journal.Find(made.Change!)!, default);
        Assert.False(System.IO.File.Exists(lab.File("compose.opsmodule.yaml")));
    }

    [Fact]
    public async Task A_file_that_somebody_has_made_his_own_is_not_written_over()
    {
        await using var lab = new LimitLab();
        await lab.PrepareAsync();
        System.IO.File.WriteAllText(lab.File("compose.opsmodule.yaml"), "services:\n  api:\n    mem_limit: 64m\n");
        Assert.Equal("ComposeFileInvalid", (await Assert.ThrowsAsync<OpsException>(lab.PlanAsync)).ErrorId);
    }
}
