namespace OpsModule.Connections.Platforms.Contract;

/// <summary>Which platform runs the services.</summary>
public enum PlatformKind
{
    /// <summary>Processes on this host, or servers reached by host and port.</summary>
    Host,
    /// <summary>Compose on a Docker engine.</summary>
    Compose,
    /// <summary>Kubernetes.</summary>
    Kubernetes,
}

/// <summary>Where the platform is.</summary>
public sealed record PlatformOptions
{
    /// <summary>The kind of platform.</summary>
    public PlatformKind Kind { get; init; } = PlatformKind.Host;

    /// <summary>Compose: full path of the compose file.</summary>
    public string? ComposeFile { get; init; }

    /// <summary>Compose: the project name.</summary>
    public string? Project { get; init; }

    /// <summary>Kubernetes: full path of the kubeconfig file; null for the one that kubectl uses.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Kubernetes: the context.</summary>
    public string? Context { get; init; }

    /// <summary>Kubernetes: the namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>True when the platform knows which services there are, whatever the environment file names.</summary>
    public bool KnowsServices => Kind != PlatformKind.Host;

    /// <summary>What to ask first when it does not answer.</summary>
    public string FirstQuestion => Kind switch
    {
        PlatformKind.Host => "Does systemd still answer (systemctl is-system-running)?",
        PlatformKind.Kubernetes => "Does the API server still answer (kubectl get --raw /readyz)?",
        _ => "Does the Docker engine still work (docker ps)?",
    };

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        PlatformKind.Compose => $"Compose ({ComposeFile})",
        PlatformKind.Kubernetes => $"Kubernetes ({Context ?? "current context"}/{Namespace ?? "default"})",
        _ => "Host",
    };
}
