using OpsModule.Engine.Environments;
using OpsModule.Engine.Platforms.Docker;
using OpsModule.Engine.Platforms.Host;
using OpsModule.Engine.Platforms.Kubernetes;

namespace OpsModule.Engine.Platforms;

/// <summary>Opens the platform that an environment's services run on.</summary>
public static class ServicePlatforms
{
    /// <summary>The environment's platform; nothing is sent yet.</summary>
    /// <exception cref="OpsException">What finding the Docker engine throws.</exception>
    public static IServicePlatform Open(OpsContext context) => context.Environment.Platform.Kind switch
    {
        PlatformKind.Compose => new DockerPlatform(context, DockerEngine.Default()),
        PlatformKind.Kubernetes => new KubernetesPlatform(context),
        _ => new HostPlatform(context),
    };
}
