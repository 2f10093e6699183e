using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Vaults;

/// <summary>The catalogue of what goes wrong with vaults that are asked over HTTP.</summary>
public static class VaultErrors
{
    private const string Page = "concepts/secrets.md#vaults";

    /// <summary>There is nothing at the path, or not under the key.</summary>
    public static readonly ErrorCode SecretNotFound = new("SecretNotFound", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>The token, or the role, may not read there.</summary>
    public static readonly ErrorCode VaultDenied = new("VaultDenied", OpsErrorCategory.PermissionDenied, Page);

    /// <summary>It is sealed, and answers nothing until people open it.</summary>
    public static readonly ErrorCode VaultSealed = new("VaultSealed", OpsErrorCategory.ResourceUnavailable, Page);

    /// <summary>The newest version was deleted.</summary>
    public static readonly ErrorCode VaultVersionDeleted = new("VaultVersionDeleted", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>It cannot be asked.</summary>
    public static readonly ErrorCode VaultUnreachable = new("VaultUnreachable", OpsErrorCategory.ResourceUnavailable, Page);

    /// <summary>It answers something that this version does not know.</summary>
    public static readonly ErrorCode VaultAnswerUnknown = new("VaultAnswerUnknown", OpsErrorCategory.InvalidData, Page);
}
