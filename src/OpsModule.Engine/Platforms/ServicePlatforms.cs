using OpsModule.Engine.Environments;
using OpsModule.Engine.Platforms.Docker;
using OpsModule.Engine.Platforms.Host;

namespace OpsModule.Engine.Platforms;

/// <summary>Opens the platform that an environment's services run on.</summary>
public static class ServicePlatforms
{
    /// <summary>The environment's platform; nothing is sent yet.</summary>
    /// <exception cref="OpsException"><c>PlatformUnsupported</c>, and what finding the Docker engine throws.</exception>
    public static IServicePlatform Open(OpsContext context) => context.Environment.Platform.Kind switch
    {
        PlatformKind.Compose => new DockerPlatform(context, DockerEngine.Default()),
        PlatformKind.Kubernetes => throw Unsupported(context, "on Kubernetes"),
        _ => new HostPlatform(context),
    };

    private static OpsException Unsupported(OpsContext context, string where) => new("PlatformUnsupported", OpsErrorCategory.InvalidOperation,
        $"The services of {context.Environment.Name} run {where}; this version operates services on Docker only.",
        "If they are a compose project, say so in the environment file: platform: { compose: { file: compose.yaml } }.", context.Environment);
}
