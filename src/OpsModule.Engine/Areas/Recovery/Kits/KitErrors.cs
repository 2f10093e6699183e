using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Recovery.Kits;

/// <summary>The catalogue of errors of recovery kits.</summary>
public static class KitErrors
{
    /// <summary>There is no key that the kit could be encrypted to.</summary>
    public static readonly ErrorCode KitNotEncrypted = new("KitNotEncrypted", OpsErrorCategory.InvalidArgument, "concepts/recovery-kit.md");

    /// <summary>A recipient is no public key of age.</summary>
    public static readonly ErrorCode RecipientInvalid = new("RecipientInvalid", OpsErrorCategory.InvalidArgument,
        "concepts/recovery-kit.md");

    /// <summary>The environment has no file that a kit could hold, or it cannot be read.</summary>
    public static readonly ErrorCode KitNeedsFile = new("KitNeedsFile", OpsErrorCategory.ReadError, "concepts/recovery-kit.md");

    /// <summary>The environment file holds a private key.</summary>
    public static readonly ErrorCode KitHoldsKey = new("KitHoldsKey", OpsErrorCategory.InvalidOperation,
        "concepts/recovery-kit.md#what-is-not-in-it");

    /// <summary>There is a file of that name.</summary>
    public static readonly ErrorCode KitExists = new("KitExists", OpsErrorCategory.ResourceExists, "concepts/recovery-kit.md");

    /// <summary>The kit cannot be written.</summary>
    public static readonly ErrorCode KitNotWritten = new("KitNotWritten", OpsErrorCategory.WriteError, "concepts/recovery-kit.md");

    /// <summary>There is no kit, or its file cannot be read.</summary>
    public static readonly ErrorCode KitNotFound = new("KitNotFound", OpsErrorCategory.ObjectNotFound, "concepts/recovery-kit.md");

    /// <summary>The kit's bytes are not what was written.</summary>
    public static readonly ErrorCode KitDamaged = new("KitDamaged", OpsErrorCategory.InvalidData, "concepts/recovery-kit.md");

    /// <summary>No key that was given opens the kit.</summary>
    public static readonly ErrorCode KitLocked = new("KitLocked", OpsErrorCategory.PermissionDenied, "concepts/recovery-kit.md");
}
