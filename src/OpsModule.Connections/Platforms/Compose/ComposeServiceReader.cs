using System.Globalization;
using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Connections.Platforms.Compose;

/// <summary>Reads one service of a compose file, in the long and the short forms that Compose allows.</summary>
internal sealed class ComposeServiceReader(ComposeFile file, YamlMap? service)
{
    public ComposeService Read(string name) => new(name)
    {
        Image = ImageName(Expand(service?.Text("image") ?? "")),
        Replicas = IsOptional() ? 0 : ReadReplicas((service?["deploy"] as YamlMap)?.Text("replicas") ?? service?.Text("scale")),
        ReplicasInFirst = IsOptional() ? 0 : ReadReplicas(service?.Text("scale")),
        IsOptional = IsOptional(),
        DependsOn = ReadDependencies(),
        Serves = Many(service?["ports"]).Count > 0 || Many(service?["expose"]).Count > 0 || HasHealthCheck(),
        Environment = ReadEnvironment(),
        EnvFiles = Many(service?["env_file"])
            .Select(item => item is YamlMap map ? map.Text("path") : (item as YamlText)?.Value)
            .OfType<string>().Select(path => file.FullPath(Expand(path))).ToList(),
        RawEnvFiles = [.. Many(service?["env_file"]).OfType<YamlMap>().Where(map => map.Text("format") is { } format
            && Expand(format) == "raw")
            .Select(map => map.Text("path")).OfType<string>().Select(path => file.FullPath(Expand(path)))],
        Mentions = Mentioned(service, "environment"),
        BuildMentions = Mentioned(service?["build"] as YamlMap).Concat(Passed((service?["build"] as YamlMap)?["args"]))
            .ToHashSet(StringComparer.Ordinal),
        Files = [.. ServiceFile.Of(file, service)],
        Ports = ReadPorts(),
        ContainerName = service?.Text("container_name") is { } named ? Expand(named) : null,
        HostPorts = ReadHostPorts(),
        HealthTest = string.Join(' ', Words((service?["healthcheck"] as YamlMap)?["test"])),
        Entrypoint = Words(service?["entrypoint"]),
        Command = Words(service?["command"]),
    };

    /// <summary>The names of variables that texts take in: those of a service, or of a part of it.</summary>
    private HashSet<string> Mentioned(YamlItem? item, string? without = null)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        Add(item);
        // A secret may come from a variable in place of a file.
        if (without is not null) found.UnionWith(ServiceFile.Variables(file, service));
        return found;

        void Add(YamlItem? one)
        {
            if (one is YamlText text) found.UnionWith(VariableNames.In(text.Value));
            foreach (YamlItem inner in (one as YamlList)?.Items ?? []) Add(inner);
            foreach (YamlEntry entry in (one as YamlMap)?.Entries ?? [])
                if (!ReferenceEquals(one, service) || entry.Key.Value != without) Add(entry.Value);
        }
    }

    /// <summary>Build arguments that only have a name.</summary>
    private static IEnumerable<string> Passed(YamlItem? arguments) => arguments switch
    {
        YamlMap map => map.Entries.Where(e => e.Value is YamlText { IsNull: true }).Select(e => e.Key.Value),
        YamlList list => list.Items.OfType<YamlText>().Select(t => t.Value).Where(t => !t.Contains('=')),
        _ => [],
    };

    private bool IsOptional()
    {
        string[] profiles = [.. Words(service?["profiles"]).Select(Expand)], active = file.Variables.EnvFile.GetValueOrDefault("COMPOSE_PROFILES")?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        return profiles.Length > 0 && !active.Contains("*") && !profiles.Intersect(active).Any();
    }

    private bool HasHealthCheck() => service?["healthcheck"] is YamlMap check && check.Text("disable") != "true" && !Words(check["test"]).Take(1).Contains("NONE");

    private List<ServiceDependency> ReadDependencies()
    {
        var found = new Dictionary<string, ServiceDependency>(StringComparer.Ordinal);
        foreach (string name in Words(service?["depends_on"] as YamlList)) found[name] = new ServiceDependency(name);
        foreach (YamlEntry entry in (service?["depends_on"] as YamlMap)?.Entries ?? [])
            found[entry.Key.Value] = new ServiceDependency(entry.Key.Value, ServiceDependency.ConditionOf((entry.Value as YamlMap)?.Text("condition")), (entry.Value as YamlMap)?.Text("required") != "false");
        // What shares another's network or data, or knows it by a link, comes after it, too.
        IEnumerable<string> shared = ((string[])["network_mode", "ipc", "pid"]).Select(key => service?.Text(key)).OfType<string>().Where(v => v.StartsWith("service:", StringComparison.Ordinal)).Select(v => v[8..]);
        foreach (string name in shared.Concat(Words(service?["links"]).Concat(Words(service?["volumes_from"])).Where(l => !l.StartsWith("container:", StringComparison.Ordinal)).Select(l => l.Split(':')[0])))
            found.TryAdd(name, new ServiceDependency(name));
        return [.. found.Values];
    }

    private int ReadReplicas(string? written) =>
        int.TryParse(Expand(written ?? ""), NumberStyles.None, CultureInfo.InvariantCulture, out int replicas) ? replicas : 1;

    private Dictionary<string, string?> ReadEnvironment()
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (service?["environment"] is YamlMap map)
        {
            foreach (YamlEntry entry in map.Entries)
                environment[entry.Key.Value] = entry.Value is YamlText { IsNull: false } text ? text.Value : null;
        }
        foreach (string pair in Words(service?["environment"] as YamlList))
        {
            int equals = pair.IndexOf('=');
            environment[equals < 0 ? pair : pair[..equals]] = equals < 0 ? null : pair[(equals + 1)..];
        }
        return environment;
    }

    private Dictionary<int, (string, int)> ReadPorts()
    {
        var ports = new Dictionary<int, (string, int)>();
        foreach (YamlItem item in Many(service?["ports"]))
        {
            string host = "", published = "", target = "";
            if (item is YamlMap map)
            {
                (host, published, target) = (Expand(map.Text("host_ip") ?? ""), Expand(map.Text("published") ?? ""), Expand(map.Text("target") ?? ""));
                if (map.Text("protocol") is { } protocol && protocol != "tcp") continue;
            }
            else if (item is YamlText text)
            {
                string spec = Expand(text.Value);
                if (spec.EndsWith("/udp", StringComparison.Ordinal)) continue;
                string[] parts = spec.Split('/')[0].Split(':');
                if (parts.Length < 2) continue;
                (target, published) = (parts[^1], parts[^2]);
                host = string.Join(':', parts[..^2]).Trim('[', ']');
            }
            if (Port(target) is { } inside && Port(published) is { } outside) ports.TryAdd(inside, (Reachable(host), outside));
        }
        return ports;
    }

    /// <summary>A range of the host's ports serves as many containers as it is longer than that of the container, and one more.</summary>
    private (int Most, string Port)? ReadHostPorts()
    {
        (int Most, string Port)? fewest = null;
        foreach (YamlItem item in Many(service?["ports"]))
        {
            string spec = item is YamlText text ? Expand(text.Value).Split('/')[0] : "";
            string published = item is YamlMap map ? Expand(map.Text("published") ?? "") : spec.Contains(':') ? spec.Split(':')[^2] : "";
            string target = item is YamlMap ? "" : spec.Split(':')[^1];
            if (Length(published) is not { } ports || ports == 0 || published == "0") continue;
            int most = Math.Max(1, Length(target) is > 1 and var own && own == ports ? 1 : ports);
            if (fewest is null || most < fewest.Value.Most) fewest = (most, published);
        }
        return fewest;
    }

    /// <summary>How many ports a text names: <c>8080</c> is one, <c>8080-8089</c> ten; null for what is none.</summary>
    private static int? Length(string ports)
    {
        string[] ends = ports.Split('-');
        if (ends.Length > 2 || Port(ends[0]) is not { } first) return null;
        return ends.Length == 1 ? 1 : Port(ends[1]) is { } last && last >= first ? last - first + 1 : null;
    }

    private static string Reachable(string host) => host is "" or "0.0.0.0" or "::" ? "127.0.0.1" : host;

    private static int? Port(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= 65535 ? port : null;

    /// <summary>The name without registry, folder, tag and digest: <c>registry.example.net/acme/postgres:16@sha256:...</c> is <c>postgres</c>.</summary>
    private static string ImageName(string image)
    {
        string name = image.Split('@')[0];
        name = name[(name.LastIndexOf('/') + 1)..];
        return name.Split(':')[0].ToLowerInvariant();
    }

    public static IReadOnlyList<YamlItem> Many(YamlItem? item) => item is YamlList list ? list.Items : item is null ? [] : [item];

    private static List<string> Words(YamlItem? item) => item is YamlList list
        ? list.Items.OfType<YamlText>().Select(t => t.Value).ToList()
        : item is YamlText text ? [.. text.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)] : [];

    private string Expand(string text) => file.Variables.Expand(text);
}
