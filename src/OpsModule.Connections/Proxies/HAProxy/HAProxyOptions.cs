namespace OpsModule.Connections.Proxies.HAProxy;

/// <summary>What is known of an HAProxy. All of its paths are paths of this machine: one in a container shares their folder with
/// it.</summary>
/// <param name="Name">Its name in the environment.</param>
/// <param name="Socket">The stats socket, with level admin.</param>
/// <param name="StateFile">The file that it loads the state of its servers from (server-state-file); what is not there is lost at a
/// reload.</param>
public sealed record HAProxyOptions(string Name, string Socket, string StateFile)
{
    /// <summary>The socket of the frontend for proofs; null where there is none.</summary>
    public string? ProofSocket { get; init; }

    /// <summary>Where it runs, in words.</summary>
    public string Where { get; init; } = "this machine";

    /// <summary>As <see cref="IServiceProxy.Networks"/>.</summary>
    public IReadOnlyList<string>? Networks { get; init; }
}
