using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Limits;

/// <summary>The catalogue of what goes wrong with limits of services.</summary>
public static class LimitErrors
{
    private const string Page = "concepts/rollouts.md#limits";

    /// <summary>An amount that nobody can read.</summary>
    public static readonly ErrorCode LimitInvalid = new("LimitInvalid", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>The platform, or the service's way of logging, has no such limit.</summary>
    public static readonly ErrorCode LimitUnsupported = new("LimitUnsupported", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>Instances were made anew and do not have the limit.</summary>
    public static readonly ErrorCode LimitNotApplied = new("LimitNotApplied", OpsErrorCategory.InvalidOperation, Page);
}
