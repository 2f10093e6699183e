using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Lockdown;

/// <summary>The catalogue of what goes wrong with a lockdown.</summary>
public static class LockdownErrors
{
    private const string Page = "concepts/tenants.md#lockdown";

    /// <summary>The environment file does not say what a lockdown does.</summary>
    public static readonly ErrorCode LockdownNotDeclared = new("LockdownNotDeclared", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>Evidence could not be encrypted, or has no place to lie.</summary>
    public static readonly ErrorCode EvidenceNotPossible = new("EvidenceNotPossible", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>Evidence could not be kept; nothing else was done.</summary>
    public static readonly ErrorCode EvidenceFailed = new("EvidenceFailed", OpsErrorCategory.WriteError, Page);

    /// <summary>A lockdown has not ended.</summary>
    public static readonly ErrorCode LockdownUnderWay = new("LockdownUnderWay", OpsErrorCategory.ResourceBusy, Page);

    /// <summary>A part of a lockdown is still open.</summary>
    public static readonly ErrorCode LockdownOpen = new("LockdownOpen", OpsErrorCategory.InvalidResult, Page);

    /// <summary>A secret could not be rotated; the others were.</summary>
    public static readonly ErrorCode SecretsNotRotated = new("SecretsNotRotated", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>Sessions could not be ended; others were.</summary>
    public static readonly ErrorCode SessionsNotEnded = new("SessionsNotEnded", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>Keys are to be revoked or issued, and none is declared.</summary>
    public static readonly ErrorCode KeysNotDeclared = new("KeysNotDeclared", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>Keys could not be revoked; others were.</summary>
    public static readonly ErrorCode KeysNotRevoked = new("KeysNotRevoked", OpsErrorCategory.InvalidResult, Page);

    /// <summary>Keys are valid that were revoked.</summary>
    public static readonly ErrorCode KeysStillValid = new("KeysStillValid", OpsErrorCategory.InvalidResult, Page);
}
