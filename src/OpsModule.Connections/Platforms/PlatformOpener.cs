using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Connections.Platforms.Docker.Rollouts;
using OpsModule.Connections.Platforms.Host;
using OpsModule.Connections.Platforms.Kubernetes;
using OpsModule.Connections.Platforms.Kubernetes.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms;

/// <summary>Opens platforms.</summary>
public static class PlatformOpener
{
    /// <summary>The platform that the setup tells of; nothing is sent yet.</summary>
    /// <exception cref="OpsException">What finding the Docker engine throws.</exception>
    public static IServicePlatform Open(PlatformSetup setup) => setup.Options.Kind switch
    {
        PlatformKind.Compose => OpenDocker(setup, DockerEngine.Default()),
        PlatformKind.Kubernetes => new KubernetesPlatform(setup)
        {
            Rollouts = static (kubectl, told, look, log) => new WorkloadRollout(kubectl, told, look, log),
        },
        _ => new HostPlatform(setup),
    };

    private static DockerPlatform OpenDocker(PlatformSetup setup, DockerEngine engine) =>
        new(setup, engine) { Rolling = new ComposeRollout(setup, engine) };
}
