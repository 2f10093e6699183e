using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Connections.Platforms.Host;
using OpsModule.Connections.Platforms.Kubernetes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms;

/// <summary>Opens platforms.</summary>
public static class PlatformOpener
{
    /// <summary>The platform that the setup tells of; nothing is sent yet.</summary>
    /// <exception cref="OpsException">What finding the Docker engine throws.</exception>
    public static IServicePlatform Open(PlatformSetup setup) => setup.Options.Kind switch
    {
        PlatformKind.Compose => new DockerPlatform(setup, DockerEngine.Default()),
        PlatformKind.Kubernetes => new KubernetesPlatform(setup),
        _ => new HostPlatform(setup),
    };
}
