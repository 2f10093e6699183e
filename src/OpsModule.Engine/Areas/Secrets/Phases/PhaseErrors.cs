using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Phases;

/// <summary>The catalogue of what goes wrong with rotations in phases.</summary>
public static class PhaseErrors
{
    private const string Page = "concepts/keys.md#phases";

    /// <summary>A secret that is replaced in phases was asked for together with others, or one of another kind in phases.</summary>
    public static readonly ErrorCode SecretNotPhased = new("SecretNotPhased", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>An instance does not accept the new value, though it was made after that was written.</summary>
    public static readonly ErrorCode KeyNotAccepted = new("KeyNotAccepted", OpsErrorCategory.InvalidResult, Page);
}
