using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>A compose project with the HTTP service of the tests, brought up by Compose itself.</summary>
internal sealed class RolloutLab : IAsyncDisposable
{
    public const string Api = "api";

    /// <summary>A service that can be there several times; its variables come from both kinds of files.</summary>
    public const string Plain = """
        version: "3.4"
        services:
          api:
            image: ops-test-http:${TAG}
            env_file: [api.env]
            environment: { COLOUR: "${COLOUR}" }
            stop_grace_period: 5s
        """;

    private RolloutLab(string compose, IOpsReporter? reporter) => Lab = new ServiceLab(compose, reporter);

    public ServiceLab Lab { get; }

    public OpsContext Context => Lab.Context;

    public IInstanceRollout Rolling => (IInstanceRollout)Context.Platform().Rolling!;

    /// <summary>Brings a project up, with images of versions 1 and 2.</summary>
    public static async Task<RolloutLab> UpAsync(string compose = Plain, int replicas = 1, IOpsReporter? reporter = null)
    {
        await HttpServiceImage.MakeAsync("1");
        await HttpServiceImage.MakeAsync("2");
        var lab = new RolloutLab(compose, reporter);
        lab.Write("1", "red", "first-secret");
        await ComposeProgram.RunAsync(lab.Source, lab.Lab.Project, ["up", "-d", "--scale", $"{Api}={replicas}"], default);
        await lab.Lab.UntilAsync(Api, s => s.Instances.Count == replicas && s.Instances.All(i => i.IsReady));
        return lab;
    }

    private ComposeSource Source => new([Path.Combine(Lab.Folder, "compose.yaml")], Lab.Folder);

    /// <summary>The files with variables.</summary>
    public void Write(string tag, string colour, string secret)
    {
        File.WriteAllText(Path.Combine(Lab.Folder, ".env"), $"TAG={tag}\nCOLOUR={colour}\n");
        File.WriteAllText(Path.Combine(Lab.Folder, "api.env"), $"API_SECRET={secret}\n");
    }

    public Task<ChangePlan?> PlanAsync(RolloutOptions options) =>
        new RolloutPlanner(Context).PlanAsync(Api, Quick(options), "Update-OpsService", default);

    /// <summary>Plans and makes an update.</summary>
    public async Task<RolloutResult> UpdateAsync(RolloutOptions options) =>
        (RolloutResult)(await new ChangeRunner(Context).RunAsync((await PlanAsync(options))!, default))!.Value!;

    /// <summary>The images and states of what is there, in words.</summary>
    public async Task<string> LookAsync() =>
        string.Join(", ", (await Lab.FindAsync(Api)).Instances.Select(i =>
        $"{i.Image?.Split('@')[0]} {i.State}").Order(StringComparer.Ordinal));

    public async Task<string[]> IdsAsync() => [.. (await Lab.FindAsync(Api)).Instances.Select(i => i.Id).Order(StringComparer.Ordinal)];

    /// <summary>Takes all instances away, and has Compose make the first version anew.</summary>
    public async Task BringAnewAsync()
    {
        foreach (string id in await IdsAsync()) await DockerFixture.DockerAsync("rm", "-f", id);
        Write("1", "red", "first-secret");
        await ComposeProgram.RunAsync(Source, Lab.Project, ["up", "-d", "--scale", $"{Api}=1"], default);
        await Lab.UntilAsync(Api, s => s.Instances.Count == 1 && s.Instances.All(i => i.IsReady));
    }

    /// <summary>What an instance answers to a request.</summary>
    public async Task<string> AskAsync()
    {
        ServiceInstance instance = (await Lab.FindAsync(Api)).Instances.First(i => i.State == InstanceState.Running);
        using HttpConnection connection = await HttpConnection.OpenAsync(HttpServiceImage.Port, default, instance.Address!);
        return (await connection.AskAsync(false, null, false, null, default)).Body;
    }

    /// <summary>A variable of what runs.</summary>
    public async Task<string?> VariableAsync(string name) => (await Rolling.ListAsync(Api, default))[0].Variables.GetValueOrDefault(name);

    public async ValueTask DisposeAsync()
    {
        string[] left = [.. (await DockerFixture.DockerAsync("ps", "-aq", "--filter", "label=com.docker.compose.project="
            + Lab.Project)).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        if (left.Length > 0) await DockerFixture.DockerAsync(["rm", "-f", "-v", .. left]);
        await DockerFixture.DockerAsync("network", "prune", "-f", "--filter", "label=com.docker.compose.project=" + Lab.Project);
        Lab.Dispose();
    }

    private static RolloutOptions Quick(RolloutOptions options) => options with
    {
        HealthTimeout = options.HealthTimeout ?? TimeSpan.FromSeconds(30), DrainTimeout = options.DrainTimeout ?? TimeSpan.FromSeconds(3),
            Proxy = options.Proxy ?? "none",
    };
}
