using OpsModule.Connections.Redis;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Procedures.Sets;
using OpsModule.Engine.Procedures.Sets.Planning;
using OpsModule.Engine.Tests.Configuration;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Tests.Sets;

/// <summary>Caches as parts of sets, on a real server.</summary>
public sealed class CacheSetTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task A_cache_comes_back_with_the_files_and_both_are_taken_back()
    {
        int port = await redis.StartAsync("set", "save \"\"");
        using ConfigurationLab lab = await LabAsync(port);
        await CallAsync(lab, "SET", "t:demo:a", "1");
        BackupSetRecord set = await BackUpAsync(lab);
        Assert.Equal([(BackupKind.Cache, "main"), (BackupKind.Configuration, "files")], set.Parts.Select(p => (p.Kind, p.Name)));
        await CallAsync(lab, "SET", "t:demo:a", "2");
        lab.Write("api.env", "lost");
        ChangePlan plan = (await PlanAsync(lab, set))!;
        Assert.Equal(["restore.configuration"], plan.Parts.Select(p => p.Kind).Skip(1));
        var runner = new ChangeRunner(lab.Context);

        await runner.RunAsync(plan, default);

        Assert.Equal("1", await CallAsync(lab, "GET", "t:demo:a"));
        Assert.NotEqual("lost", File.ReadAllText(lab["api.env"]));
        await runner.UndoAsync(lab.Context.Journal.Find(runner.Latest!)!, default);
        Assert.Equal("2", await CallAsync(lab, "GET", "t:demo:a"));
        Assert.Equal("lost", File.ReadAllText(lab["api.env"]));
    }

    [Fact]
    public async Task A_cache_that_was_empty_is_left_as_it_is_and_that_is_said()
    {
        int port = await redis.StartAsync("empty", "save \"\"");
        using ConfigurationLab lab = await LabAsync(port);
        BackupSetRecord set = await BackUpAsync(lab);
        await CallAsync(lab, "SET", "live", "1");
        lab.Write("api.env", "lost");

        ChangePlan plan = (await PlanAsync(lab, set))!;

        Assert.Equal(["restore.configuration"], plan.Parts.Select(p => p.Kind));
        Assert.Contains(plan.Warnings, w => w.StartsWith("Left as it is: cache main", StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<ConfigurationLab> LabAsync(int port)
    {
        ConfigurationLab lab = await ConfigurationLab.MakeAsync();
        lab.Write("ops.yaml", File.ReadAllText(lab["ops.yaml"]).Replace("platform: { compose: { file: compose.yaml, project: lab } }\n", "")
            + $"\ncaches: {{ main: {{ host: 127.0.0.1, port: {port} }} }}\n");
        return lab;
    }

    private static async Task<BackupSetRecord> BackUpAsync(ConfigurationLab lab)
    {
        ChangePlan plan = await new EnvironmentBackupPlanner(lab.Context).PlanAsync(null, [], new Dictionary<string, string>(), Compression.Auto, default);
        return Assert.Single((IReadOnlyList<BackupSetRecord>)(await new ChangeRunner(lab.Context).RunAsync(plan, default))!.Value!);
    }

    private static Task<ChangePlan?> PlanAsync(ConfigurationLab lab, BackupSetRecord set) => new EnvironmentRestorePlanner(lab.Context).PlanAsync(
        new EnvironmentRestoreRequest { Set = set, KeepsServices = true }, default);

    private static async Task<string?> CallAsync(ConfigurationLab lab, params string[] call)
    {
        using RedisConnection connection = await (await CacheServers.ResolveAsync(lab.Context, "main", default)).ConnectAsync(default);
        return (await connection.CallAsync(call, default)).Text;
    }
}
