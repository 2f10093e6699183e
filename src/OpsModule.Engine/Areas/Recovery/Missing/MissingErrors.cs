using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Missing;

/// <summary>The catalogue of errors of making what a server lacks.</summary>
public static class MissingErrors
{
    /// <summary>The backup holds no roles.</summary>
    public static readonly ErrorCode GlobalsMissing = new("GlobalsMissing", OpsErrorCategory.ObjectNotFound,
        "concepts/recovery-kit.md#roles-and-tablespaces");

    /// <summary>Roles that were made cannot be dropped again.</summary>
    public static readonly ErrorCode RolesInUse = new("RolesInUse", OpsErrorCategory.ResourceBusy,
        "concepts/recovery-kit.md#roles-and-tablespaces");
}
