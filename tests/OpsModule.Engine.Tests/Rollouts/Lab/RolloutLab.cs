using System.Net.Sockets;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
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

    /// <summary>The project as an environment; a test may put its own journal or settings into it.</summary>
    public OpsContext Context { get => field ?? Lab.Context; set; } = null!;

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

    /// <summary>Brings the service up as Compose does, whatever brought it out before.</summary>
    public Task ComposeAsync(params string[] arguments) => ComposeProgram.RunAsync(Source, Lab.Project, arguments, default);

    /// <summary>What the journal has of a change.</summary>
    public JournalEntry Find(string change) => Context.Journal.Find(change)!;

    /// <summary>Begins an update, and stops it as soon as the journal has a line of this name; what it has built stays.</summary>
    /// <returns>What the journal has of it.</returns>
    public async Task<JournalEntry> StopAtAsync(string line, RolloutOptions options)
    {
        ChangePlan plan = (await PlanAsync(options))!;
        using var stop = new CancellationTokenSource();
        OpsContext context = Context with { Journal = new StepJournal(Context.Journal, line, () => stop.CancelAsync()) };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ChangeRunner(context).RunAsync(plan, stop.Token));
        return Find(Assert.Single(Context.Journal.FindUnfinished()).Id);
    }

    /// <summary>Takes a change back, and fails as soon as the journal has a line of this name.</summary>
    public Task<OpsException> FailUndoAtAsync(string line, JournalEntry entry)
    {
        OpsContext context = Context with
        {
            Journal = new StepJournal(Context.Journal, line, () =>
                throw new OpsException("EngineRefused", OpsErrorCategory.InvalidOperation, "The test says no.", "Try again.")),
        };
        return Assert.ThrowsAsync<OpsException>(() => new ChangeRunner(context).UndoAsync(entry, default));
    }

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

    /// <summary>What is found before an update.</summary>
    public Task<IReadOnlyList<RolloutFinding>> CheckAsync(RolloutOptions options) =>
        new RolloutPlanner(Context).CheckAsync(Api, Quick(options), default);

    /// <summary>What the service's migrations wrote: <c>state/log</c> of the project's folder.</summary>
    public string ReadState() => File.ReadAllText(Path.Combine(Lab.Folder, "state", "log"));

    /// <summary>The containers that a migration of this project runs or ran in.</summary>
    public Task<string> MigrationsAsync() => DockerFixture.DockerAsync("ps", "-aq", "--filter", "name=opsmodule-migrate", "--filter",
        "label=com.docker.compose.project=" + Lab.Project);

    /// <summary>The nameless volume of the only instance.</summary>
    public async Task<string> VolumeAsync() => (await DockerFixture.DockerAsync("inspect", "-f",
        "{{range .Mounts}}{{.Name}}{{end}}", Assert.Single(await IdsAsync()))).Trim();

    /// <summary>Opens a connection to an instance that runs, and sends nothing.</summary>
    public async Task<TcpClient> HoldAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync((await Lab.FindAsync(Api)).Instances.First(i => i.State == InstanceState.Running).Address!,
            HttpServiceImage.Port);
        return client;
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
