using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Changes.Plans;

/// <summary>The catalogue of the spine's errors.</summary>
public static class ChangeErrors
{
    /// <summary>What was planned for is not what is there.</summary>
    public static readonly ErrorCode DriftDetected = new("DriftDetected", OpsErrorCategory.InvalidOperation, "design.md#changes");

    /// <summary>Nobody can be asked, and the change cannot be taken back.</summary>
    public static readonly ErrorCode ConfirmationNeeded = new("ConfirmationNeeded", OpsErrorCategory.InvalidOperation, "design.md#changes");

    /// <summary>A plan of a kind, or of a version of a kind, that this module does not know.</summary>
    public static readonly ErrorCode ChangeFromOtherVersion = new("ChangeFromOtherVersion", OpsErrorCategory.InvalidData, "design.md#changes");

    /// <summary>A plan file that is none, or was changed after it was written.</summary>
    public static readonly ErrorCode PlanInvalid = new("PlanInvalid", OpsErrorCategory.InvalidData, "design.md#changes");

    /// <summary>A plan for another environment.</summary>
    public static readonly ErrorCode PlanOfOtherEnvironment = new("PlanOfOtherEnvironment", OpsErrorCategory.InvalidArgument, "design.md#changes");

    /// <summary>No change has this id, or none of this target is as asked.</summary>
    public static readonly ErrorCode ChangeNotFound = new("ChangeNotFound", OpsErrorCategory.ObjectNotFound, "design.md#changes");

    /// <summary>A change that nothing goes on with, or nothing takes back.</summary>
    public static readonly ErrorCode ChangeNotResumable = new("ChangeNotResumable", OpsErrorCategory.InvalidOperation, "design.md#changes");

    /// <inheritdoc cref="ChangeNotResumable"/>
    public static readonly ErrorCode ChangeNotUndoable = new("ChangeNotUndoable", OpsErrorCategory.InvalidOperation, "design.md#changes");
}
