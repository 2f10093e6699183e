using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Contract;

/// <summary>The catalogue of what platforms cannot do.</summary>
public static class PlatformErrors
{
    /// <summary>Instances cannot be made anew from here.</summary>
    public static readonly ErrorCode RecreateUnsupported = new("RecreateUnsupported", OpsErrorCategory.InvalidOperation,
        "concepts/services.md#made-anew");

    /// <summary>The error of a platform that makes nothing anew.</summary>
    public static OpsException NotMadeAnew(string service, string platform) => RecreateUnsupported.Make(
        $"{service} of {platform} is not made of a compose file, and only such containers are made anew.",
        "Use Restart-OpsService without -Recreate: on Kubernetes it replaces the pods, and a unit reads its files again.", service);

    /// <summary>One instance alone cannot be restarted.</summary>
    public static readonly ErrorCode InstanceRestartUnsupported = new("InstanceRestartUnsupported", OpsErrorCategory.InvalidOperation,
        "concepts/services.md#made-anew");

    /// <summary>No instance can be made for one run of a program.</summary>
    public static readonly ErrorCode RunOnceUnsupported = new("RunOnceUnsupported", OpsErrorCategory.InvalidOperation,
        "concepts/services.md#what-is-made-from-the-compose-file");

    /// <summary>The error of a platform that makes no instance for one run of a program.</summary>
    public static OpsException NotRunOnce(string service, string platform) => RunOnceUnsupported.Make(
        $"No instance of {service} runs, and {platform} makes none for one run of a program.",
        $"Start it first: Start-OpsService {service}.", service);

    /// <summary>A container's log driver keeps nothing that can be read.</summary>
    public static readonly ErrorCode LogNotKept = new("LogNotKept", OpsErrorCategory.InvalidOperation, "concepts/logs.md#limits");

    /// <summary>There cannot be so many.</summary>
    public static readonly ErrorCode ScaleImpossible = new("ScaleImpossible", OpsErrorCategory.InvalidOperation,
        "concepts/services.md#what-is-made-from-the-compose-file");
}
