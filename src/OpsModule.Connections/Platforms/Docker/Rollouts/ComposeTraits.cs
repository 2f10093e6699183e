using System.Globalization;
using System.Text.Json.Nodes;
using OpsModule.Connections.Platforms.Compose.Rollouts;
using OpsModule.Connections.Platforms.Contract.Rollouts;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>Finds what keeps two containers of a service from being there at once.</summary>
internal static class ComposeTraits
{
    /// <summary>All that there are.</summary>
    /// <param name="all">The whole that Compose made of its files.</param>
    /// <param name="name">The service.</param>
    public static IEnumerable<InstanceTrait> Of(JsonObject all, string name)
    {
        var services = all["services"] as JsonObject;
        return services?[name] is not JsonObject service ? [] : [.. OfItself(service), .. OfNetworks(service), .. OfVolumes(all, service),
            .. OfOthers(services, name), .. OfFiles(all, service)];
    }

    private static IEnumerable<InstanceTrait> OfItself(JsonObject service)
    {
        foreach (string port in ComposeJson.List(service["ports"]).Select(Published).OfType<string>().Distinct())
            yield return new InstanceTrait(TraitKind.HostPort, port);
        if (ComposeJson.Text(service["container_name"]) is { } own) yield return new InstanceTrait(TraitKind.ContainerName, own);
        if (ComposeJson.List(service["devices"]).Count > 0) yield return new InstanceTrait(TraitKind.Devices, "devices of the machine");
        if (ComposeJson.Text((service["deploy"] as JsonObject)?["mode"]) is "global") yield return new InstanceTrait(TraitKind.Global,
            "deploy.mode global");
        if (ComposeJson.List(service["links"]).Count > 0) yield return new InstanceTrait(TraitKind.Links, "links to "
            + string.Join(", ", ComposeJson.List(service["links"]).Select(ComposeJson.Text)));
        string[] shared = [.. ((string[])["network_mode", "pid", "ipc"]).Select(key => ComposeJson.Text(service[key])).OfType<string>()
            .Where(m => m.StartsWith("service:", StringComparison.Ordinal) || m.StartsWith("container:", StringComparison.Ordinal))];
        if (shared.Length > 0) yield return new InstanceTrait(TraitKind.SharesAnothers, "what is of "
            + string.Join(", ", shared.Distinct()));
    }

    private static IEnumerable<InstanceTrait> OfNetworks(JsonObject service)
    {
        if (ComposeJson.Text(service["network_mode"]) is "host") yield return new InstanceTrait(TraitKind.HostNetwork,
            "the machine's network");
        foreach ((string network, JsonNode? how) in service["networks"] as JsonObject ?? [])
            foreach (string key in (string[])["ipv4_address", "ipv6_address", "mac_address"])
                if (ComposeJson.Text((how as JsonObject)?[key]) is { } address) yield return new InstanceTrait(TraitKind.StaticAddress,
                    $"the address {address} in {network}");
    }

    private static IEnumerable<InstanceTrait> OfVolumes(JsonObject all, JsonObject service)
    {
        foreach (ComposeVolume volume in ComposeJson.List(service["volumes"]).Select(ComposeVolume.Of))
        {
            if (volume is not { Source: { } source, IsReadOnly: false }) continue;
            string? kind = volume.Type ?? (Path.IsPathRooted(source) ? "bind"
                : (all["volumes"] as JsonObject)?.ContainsKey(source) is true ? "volume" : null);
            if (kind is "volume") yield return new InstanceTrait(TraitKind.NamedVolume, source);
            // A file, or a socket, is not a place where a program keeps its data. A folder that is not there yet is made by the engine.
            else if (kind is "bind" && !File.Exists(source)) yield return new InstanceTrait(TraitKind.SharedFolder,
                $"the folder {source} of the machine");
        }
        foreach (string from in ComposeJson.List(service["volumes_from"]).Select(ComposeJson.Text).OfType<string>())
        {
            string[] parts = from.Split(':');
            bool isContainer = parts[0] == "container";
            if (!ComposeVolume.IsRead(parts, isContainer ? 2 : 1)) yield return new InstanceTrait(TraitKind.SharedFolder,
                $"the volumes of {parts[isContainer && parts.Length > 1 ? 1 : 0]}");
        }
    }

    private static IEnumerable<InstanceTrait> OfOthers(JsonObject services, string name)
    {
        foreach ((string other, JsonNode? node) in services)
        {
            if (other == name || node is not JsonObject service || !ComposeJson.Shared(service).Contains(name)) continue;
            bool isLink = ComposeJson.List(service["links"]).Select(ComposeJson.Text).Any(l => l?.Split(':')[0] == name);
            yield return new InstanceTrait(isLink ? TraitKind.Links : TraitKind.SharedByOthers, isLink ? $"a link of {other}" : other);
        }
    }

    private static IEnumerable<InstanceTrait> OfFiles(JsonObject all, JsonObject service)
    {
        foreach (string kind in (string[])["secrets", "configs"])
            foreach (string? name in ComposeJson.List(service[kind]).Select(s => s is JsonObject map ? ComposeJson.Text(map["source"])
                : ComposeJson.Text(s)))
                if (name is not null && (all[kind] as JsonObject)?[name] is JsonObject defined
                    && (defined.ContainsKey("environment") || defined.ContainsKey("content")))
                    yield return new InstanceTrait(TraitKind.InjectedFiles, $"{kind[..^1]} {name}");
    }

    /// <summary>The port of the machine that a line publishes; null for none, or for one that the engine chooses.</summary>
    private static string? Published(JsonNode? port)
    {
        string? published = port is JsonObject map ? ComposeJson.Text(map["published"])
            : ComposeJson.Text(port)?.Split('/')[0] is { } spec && spec.Contains(':') ? spec.Split(':')[^2] : null;
        return published is null or "" or "0" ? null : published;
    }

    /// <summary>How many ports a text names: <c>8080</c> is one, <c>8080-8089</c> ten.</summary>
    public static int Length(string ports)
    {
        string[] ends = ports.Split('-');
        return ends.Length == 2 && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            && int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out int last) && last >= first ? last - first + 1 : 1;
    }
}
