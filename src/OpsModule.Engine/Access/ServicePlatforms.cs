using OpsModule.Connections.Platforms;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Access;

/// <summary>Opens the platform that an environment's services run on.</summary>
public static class ServicePlatforms
{
    /// <summary>The environment's platform; nothing is sent yet.</summary>
    /// <exception cref="OpsException">What finding the Docker engine throws.</exception>
    public static IServicePlatform Open(OpsContext context) => PlatformOpener.Open(SetupOf(context));

    /// <summary>What a platform is told of an environment.</summary>
    public static PlatformSetup SetupOf(OpsContext context) => new()
    {
        Options = context.Environment.Platform,
        Environment = context.Environment.Name,
        Services = [.. context.Environment.Services.Values.Select(s => new ServiceOptions(s.Name, s.Unit, s.Process, s.PidFile))],
        IsNeeded = service => context.Environment.UseOf(service) is not null,
        Reporter = context.Reporter,
        Time = context.Time,
    };
}
