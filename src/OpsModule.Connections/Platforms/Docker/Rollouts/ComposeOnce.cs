using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Compose.Rollouts;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>Runs a program to its end in a container of its own.</summary>
internal sealed class ComposeOnce(DockerEngine engine, InstanceReader reader, EngineImages images, InstancePrograms programs,
    string project)
{
    private const int Lines = 20;

    /// <summary>Runs it; one that was begun is gone on with.</summary>
    /// <exception cref="OpsException"><c>InstancesNotMade</c>, and what Compose and the engine report.</exception>
    public async Task<InstanceAnswer> RunAsync(InstanceMaking making, IReadOnlyList<string> command, string name, CancellationToken ct)
    {
        ContainerInspectResponse? there = await reader.InspectAsync(name, ct).ConfigureAwait(false);
        if (there is null)
            await ComposeProgram.RunAsync(ComposeMaker.SourceOf(await PlannedAsync(making, ct).ConfigureAwait(false)), project,
                ["run", "-d", "--no-deps", "--name", name, making.Model.Service, .. command], ct).ConfigureAwait(false);
        // Made, and killed before it was started.
        else if (there.State?.Status == "created")
            await engine.CallAsync("a container to start", (client, token) =>
                client.Containers.StartContainerAsync(name, new ContainerStartParameters(), token), ct).ConfigureAwait(false);
        return await EndAsync(name, ct).ConfigureAwait(false);
    }

    /// <summary>Waits for the end of one that was begun; null where there is none, or none that was started.</summary>
    public async Task<InstanceAnswer?> FindEndAsync(string name, CancellationToken ct) =>
        await reader.InspectAsync(name, ct).ConfigureAwait(false) is null or { State.Status: "created" } ? null
            : await EndAsync(name, ct).ConfigureAwait(false);

    private async Task<InstanceAnswer> EndAsync(string name, CancellationToken ct)
    {
        ContainerWaitResponse ended = await engine.CallAsync("a program's end", (client, token) =>
            client.Containers.WaitContainerAsync(name, token), ct, TimeSpan.FromDays(1)).ConfigureAwait(false);
        IReadOnlyList<string> said = await programs.ReadTailAsync(name, Lines, ct).ConfigureAwait(false);
        return new InstanceAnswer((int)ended.StatusCode, string.Join(" | ", said));
    }

    /// <summary>What runs at once must be of the image that was planned, and a name may be another one's by now. What has none of its own
    /// is named by its id.</summary>
    private async Task<InstanceMaking> PlannedAsync(InstanceMaking making, CancellationToken ct)
    {
        if ((making.Image ?? making.Model.Image) is not { } name) return making with { Image = making.ImageId };
        string? id = (await images.FindAsync(name, ct).ConfigureAwait(false))?.Id;
        return id == making.ImageId ? making : throw ImageErrors.InstancesNotMade.Make(
            $"{name} is {id ?? "no image that is here"}, and {making.ImageId} was meant: its name was given to another image meanwhile. "
            + "Nothing of it was run.", "Run the command again.", making.Model.Service);
    }
}
