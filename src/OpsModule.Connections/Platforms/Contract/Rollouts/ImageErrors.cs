using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>The catalogue of what goes wrong with images and with making instances of them.</summary>
public static class ImageErrors
{
    private const string Page = "concepts/rollouts.md#images";

    /// <summary>Neither the machine nor the registry has it.</summary>
    public static readonly ErrorCode ImageNotFound = new("ImageNotFound", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>The registry wants a login, or refuses the one that it was given.</summary>
    public static readonly ErrorCode RegistryLoginNeeded = new("RegistryLoginNeeded", OpsErrorCategory.PermissionDenied, Page);

    /// <summary>The registry does not answer.</summary>
    public static readonly ErrorCode RegistryUnreachable = new("RegistryUnreachable", OpsErrorCategory.ResourceUnavailable, Page);

    /// <summary>An image could not be pulled.</summary>
    public static readonly ErrorCode ImagePullFailed = new("ImagePullFailed", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>Instances were made otherwise than asked.</summary>
    public static readonly ErrorCode InstancesNotMade = new("InstancesNotMade", OpsErrorCategory.InvalidOperation, Page);
}
