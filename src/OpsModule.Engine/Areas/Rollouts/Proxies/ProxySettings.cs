namespace OpsModule.Engine.Areas.Rollouts.Proxies;

/// <summary>The section <c>proxies:</c>.</summary>
public sealed record ProxiesSettings
{
    /// <summary>Proxies by name.</summary>
    public IReadOnlyDictionary<string, ProxySettings> Entries { get; init; } = new Dictionary<string, ProxySettings>();
}

/// <summary>Which proxy it is.</summary>
public enum ProxyKind
{
    /// <summary>nginx, by a file of ours and a reload.</summary>
    Nginx,
    /// <summary>HAProxy, by its runtime API.</summary>
    HAProxy,
    /// <summary>Caddy, by its admin API.</summary>
    Caddy,
}

/// <summary>One entry of <c>proxies:</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Which proxy it is.</param>
public sealed record ProxySettings(string Name, ProxyKind Kind)
{
    /// <summary>The service that it runs as; null for one of this machine.</summary>
    public string? Service { get; init; }

    /// <summary>Its main configuration file: with a service that nginx runs as, inside; else full path here. Null for the usual
    /// one.</summary>
    public string? Configuration { get; init; }

    /// <summary>nginx: the folder with a file of ours for each service, where nginx runs.</summary>
    public string? Upstreams { get; init; }

    /// <summary>nginx: the port of our server in it.</summary>
    public int Port { get; init; } = 8089;

    /// <summary>nginx: the folder of our logs, where nginx runs.</summary>
    public string Logs { get; init; } = "/var/log/nginx";

    /// <summary>The path that is asked for proof.</summary>
    public string Path { get; init; } = "/";

    /// <summary>HAProxy: full path of its stats socket. Caddy: URL or full path of the socket of its admin API.</summary>
    public string? Control { get; init; }

    /// <summary>HAProxy: full path of its state file.</summary>
    public string? State { get; init; }

    /// <summary>HAProxy: full path of the socket for proofs. Caddy: host and port, or full path of the socket, for proofs.</summary>
    public string? Proof { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Kind})";
}
