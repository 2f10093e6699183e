using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets;

/// <summary>The catalogue of what goes wrong with secrets and their rotation.</summary>
public static class SecretErrors
{
    private const string Page = "concepts/secrets.md";

    /// <summary>The environment file has no secret of this name.</summary>
    public static readonly ErrorCode SecretUnknown = new("SecretUnknown", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>Nothing says where the value stands, or nothing stands there.</summary>
    public static readonly ErrorCode SecretWithoutUse = new("SecretWithoutUse", OpsErrorCategory.InvalidOperation, Page + "#uses");

    /// <summary>The uses hold different values.</summary>
    public static readonly ErrorCode SecretUsesDiffer = new("SecretUsesDiffer", OpsErrorCategory.InvalidData, Page + "#uses");

    /// <summary>A rotation of it has not ended yet.</summary>
    public static readonly ErrorCode RotationUnderWay = new("RotationUnderWay", OpsErrorCategory.ResourceBusy, Page + "#when-it-waits");

    /// <summary>No rotation of it waits for people.</summary>
    public static readonly ErrorCode RotationNotWaiting = new("RotationNotWaiting", OpsErrorCategory.InvalidOperation, Page
        + "#when-it-waits");

    /// <summary>Old and new are not valid at the same time, and that was asked for.</summary>
    public static readonly ErrorCode OverlapImpossible = new("OverlapImpossible", OpsErrorCategory.InvalidArgument, Page + "#the-order");

    /// <summary>A value of others has to be handed in.</summary>
    public static readonly ErrorCode SecretValueNeeded = new("SecretValueNeeded", OpsErrorCategory.InvalidArgument, Page
        + "#values");

    /// <summary>A value that was handed in cannot be taken.</summary>
    public static readonly ErrorCode SecretValueRefused = new("SecretValueRefused", OpsErrorCategory.InvalidArgument, Page
        + "#values");

    /// <summary>The new value was not accepted in time.</summary>
    public static readonly ErrorCode SecretNotProven = new("SecretNotProven", OpsErrorCategory.InvalidResult, Page + "#what-is-proven");

    /// <summary>What was written does not read back.</summary>
    public static readonly ErrorCode SecretNotWritten = new("SecretNotWritten", OpsErrorCategory.WriteError, Page + "#uses");

    /// <summary>An instance has the old value still.</summary>
    public static readonly ErrorCode SecretStillUsed = new("SecretStillUsed", OpsErrorCategory.InvalidResult, Page + "#what-is-proven");

    /// <summary>The old value is accepted still.</summary>
    public static readonly ErrorCode SecretStillAccepted = new("SecretStillAccepted", OpsErrorCategory.InvalidResult, Page
        + "#what-is-proven");

    /// <summary>What is kept of a secret cannot be read.</summary>
    public static readonly ErrorCode SecretStoreUnreadable = new("SecretStoreUnreadable", OpsErrorCategory.InvalidData, Page
        + "#what-is-kept");

    /// <summary>This kind of secret, or a place of its value, is not known here.</summary>
    public static readonly ErrorCode SecretUnsupported = new("SecretUnsupported", OpsErrorCategory.InvalidOperation, Page);
}
