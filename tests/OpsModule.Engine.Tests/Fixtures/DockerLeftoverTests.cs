using System.Diagnostics;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>What engines of killed test runs left goes when the next one starts; what belongs to somebody who lives stays.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerLeftoverTests
{
    [Fact]
    public async Task Bridges_and_networks_of_an_engine_whose_owner_died_are_taken_away_and_no_others()
    {
        string dead = Directory.CreateTempSubdirectory("ops-engine-").FullName, next = Directory.CreateTempSubdirectory("ops-engine-").FullName;
        string network = "br-" + Guid.NewGuid().ToString("N")[..12];
        using (Process owner = Process.Start("sleep", "600"))
        {
            string[] options = await RunAsync("prepare", dead, owner.Id.ToString());
            string bridge = After(options, "--bridge"), pool = After(options, "--default-address-pool").Split('=', '/')[1];
            await IpAsync("link", "add", network, "type", "bridge");
            await IpAsync("address", "add", pool[..^1] + "1/26", "dev", network);
            // It lives: another run that comes up leaves it alone.
            await RunAsync("prepare", next, Environment.ProcessId.ToString());
            Assert.Contains(network, await IpAsync("-o", "link"));
            Assert.Contains(bridge + ":", await IpAsync("-o", "link"));
            await RunAsync("remove", next);
            owner.Kill();
            await owner.WaitForExitAsync();
        }
        string own = After(await RunAsync("prepare", next, Environment.ProcessId.ToString()), "--bridge");
        string links = await IpAsync("-o", "link");
        await RunAsync("remove", next);
        Assert.DoesNotContain(network, links);
        Assert.Contains(own + ":", links);
        Assert.False(Directory.Exists(dead));
        // The engine of these tests is somebody's who lives.
        await DockerFixture.DockerAsync("info");
        Directory.Delete(next, recursive: true);
    }

    private static string After(string[] options, string name) => options[Array.IndexOf(options, name) + 1];

    private static async Task<string[]> RunAsync(params string[] arguments) =>
        (await ProgramRunner.RunAsync(new ProgramCall("bash", [Path.Combine(AppContext.BaseDirectory, "docker-engine.sh"), .. arguments]), null, default)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(l => l.Split(' ')).ToArray();

    private static Task<string> IpAsync(params string[] arguments) => ProgramRunner.RunAsync(new ProgramCall("ip", arguments), null, default);
}
