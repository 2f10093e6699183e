using System.Text.Json.Nodes;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Compose.Rollouts;
using OpsModule.Connections.Platforms.Contract.Rollouts;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>Connects containers that Compose has made with the networks of their service.</summary>
internal sealed class ComposeNetworks(DockerEngine engine, InstanceReader reader)
{
    /// <summary>The older Compose connects a container to all networks but one when it starts it.</summary>
    public async Task ConnectAsync(InstanceModel model, string id, CancellationToken ct)
    {
        if (await reader.InspectAsync(id, ct).ConfigureAwait(false) is not { } container) return;
        var all = (JsonObject)JsonNode.Parse(model.Resolved)!;
        foreach ((string key, JsonNode? how) in (all["services"]![model.Service] as JsonObject)?["networks"] as JsonObject ?? [])
        {
            var written = (all["networks"] as JsonObject)?[key] as JsonObject;
            string name = ComposeJson.Text(written?["name"]) ?? (written?["external"] is JsonValue ? key : $"{model.Project}_{key}");
            if (container.NetworkSettings?.Networks?.ContainsKey(name) is not false) continue;
            string[] aliases = [model.Service,
                .. ComposeJson.List((how as JsonObject)?["aliases"]).Select(ComposeJson.Text).OfType<string>(), id[..12]];
            var connection = new NetworkConnectParameters { Container = id, EndpointConfig = new EndpointSettings { Aliases = aliases } };
            await engine.CallAsync($"the network {name}", (client, token) =>
                client.Networks.ConnectNetworkAsync(name, connection, token), ct).ConfigureAwait(false);
        }
    }
}
