namespace OpsModule.Connections.Proxies.Caddy;

/// <summary>What is known of a Caddy.</summary>
/// <param name="Name">Its name in the environment.</param>
/// <param name="Admin">Its admin API, from this machine.</param>
public sealed record CaddyOptions(string Name, ProxyRoute Admin)
{
    /// <summary>Where our server in it listens, for proofs; null where there is none.</summary>
    public ProxyRoute? Proof { get; init; }

    /// <summary>Where it runs, in words.</summary>
    public string Where { get; init; } = "this machine";

    /// <summary>As <see cref="IServiceProxy.Networks"/>.</summary>
    public IReadOnlyList<string>? Networks { get; init; }

    /// <summary>The @id of the handler of a service.</summary>
    public static string IdOf(string service) => $"opsmodule-{ProxyNames.Service(service)}";

    /// <summary>The @id of its twin in our server.</summary>
    public static string ProofIdOf(string service) => $"opsmodule-proof-{ProxyNames.Service(service)}";
}
