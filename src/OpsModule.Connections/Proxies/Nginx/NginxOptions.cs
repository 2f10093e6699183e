namespace OpsModule.Connections.Proxies.Nginx;

/// <summary>What is known of an nginx.</summary>
/// <param name="Name">Its name in the environment.</param>
/// <param name="UpstreamFolder">The folder, where nginx runs, with a file of ours for each service; its configuration includes
/// <c>*.conf</c> of it.</param>
public sealed record NginxOptions(string Name, string UpstreamFolder)
{
    /// <summary>The port that our own server in it listens on, for proofs.</summary>
    public int Port { get; init; } = 8089;

    /// <summary>The folder, where nginx runs, that our logs are written to.</summary>
    public string LogFolder { get; init; } = "/var/log/nginx";

    /// <summary>What is asked for proof.</summary>
    public string ProofPath { get; init; } = "/";

    /// <summary>Its main file, where it is not the one that it was built with.</summary>
    public string? Configuration { get; init; }

    /// <summary>True where our server must be reached from outside: in a container.</summary>
    public bool ListensOutside { get; init; }

    /// <summary>As <see cref="IServiceProxy.Networks"/>.</summary>
    public IReadOnlyList<string>? Networks { get; init; }

    /// <summary>How long new workers may take to appear.</summary>
    public TimeSpan ReloadLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The file of a service.</summary>
    public string FileOf(string service) => $"{ProxyNames.FilePath(UpstreamFolder).TrimEnd('/')}/{ProxyNames.Service(service)}.conf";

    /// <summary>Our log of a service.</summary>
    public string LogOf(string service) => $"{ProxyNames.FilePath(LogFolder).TrimEnd('/')}/opsmodule-{ProxyNames.Service(service)}.log";
}
