using System.Globalization;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>
/// The lock of a service, on the engine: a container of a fixed name that is never started. The engine makes only one of a name, whoever
/// asks.
/// </summary>
internal sealed class RolloutLock(DockerEngine engine, InstanceReader reader, string project)
{
    private const string Change = "opsmodule.rollout.change", By = "opsmodule.rollout.by", From = "opsmodule.rollout.from",
        At = "opsmodule.rollout.at";

    public async Task<RolloutHolder?> TryAsync(string service, string image, RolloutHolder holder, CancellationToken ct)
    {
        // One that goes while it is looked at leaves the name free.
        for (int attempt = 0; attempt < 3; attempt++)
        {
            try
            {
                await engine.CallAsync("a lock", (client, token) => client.Containers.CreateContainerAsync(Made(service, image, holder),
                    token), ct).ConfigureAwait(false);
                return null;
            }
            catch (OpsException e) when (e.ErrorId == "ContainerBusy") { /* somebody has it */ }
            if (await FindAsync(service, ct).ConfigureAwait(false) is { } other) return other.Change == holder.Change
                && other.From == holder.From ? null : other;
        }
        return new RolloutHolder("?", "?", "?", default, Name(service));
    }

    public async Task<RolloutHolder?> FindAsync(string service, CancellationToken ct)
    {
        if (await reader.InspectAsync(Name(service), ct).ConfigureAwait(false) is not { } container) return null;
        IReadOnlyDictionary<string, string> labels = DockerQuery.Map(container.Config?.Labels);
        return new RolloutHolder(labels.GetValueOrDefault(Change, "?"), labels.GetValueOrDefault(By, "?"),
            labels.GetValueOrDefault(From, "?"),
            DateTimeOffset.TryParse(labels.GetValueOrDefault(At), CultureInfo.InvariantCulture, out DateTimeOffset at) ? at
                : ContainerReader.Made(container), Name(service));
    }

    public async Task UnlockAsync(string service, string change, CancellationToken ct)
    {
        if (await FindAsync(service, ct).ConfigureAwait(false) is not { } holder || holder.Change != change) return;
        try
        {
            await engine.CallAsync("a lock", (client, token) =>
                client.Containers.RemoveContainerAsync(Name(service), new ContainerRemoveParameters { Force = true }, token),
                ct).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { /* it is gone */ }
    }

    // No project has a dot in its name, so that no two services have one lock.
    private string Name(string service) => $"opsmodule-rollout-{project}.{service}";

    private CreateContainerParameters Made(string service, string image, RolloutHolder holder) => new()
    {
        Name = Name(service), Image = image, Cmd = ["true"], HostConfig = new HostConfig { NetworkMode = "none" },
        // Images that Compose built say that they are of a project; their labels would be this container's.
        Labels = new Dictionary<string, string>
        {
            [Change] = holder.Change, [By] = holder.By, [From] = holder.From, [At] = holder.At.ToString("O", CultureInfo.InvariantCulture),
            [ComposeLabels.Project] = "", [ComposeLabels.Service] = "",
        },
    };
}
