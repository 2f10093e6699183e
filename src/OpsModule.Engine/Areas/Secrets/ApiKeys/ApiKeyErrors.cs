using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>The catalogue of what goes wrong where keys of an API are kept.</summary>
public static class ApiKeyErrors
{
    private const string Page = "concepts/keys.md";

    /// <summary>No key there is the one that is meant.</summary>
    public static readonly ErrorCode ApiKeyUnknown = new("ApiKeyUnknown", OpsErrorCategory.ObjectNotFound, Page + "#api-keys");

    /// <summary>An endpoint, or a program, did not do what was asked.</summary>
    public static readonly ErrorCode ApiKeyRefused = new("ApiKeyRefused", OpsErrorCategory.InvalidOperation, Page + "#api-keys");

    /// <summary>An answer does not hold what it must: the key, an id, a list.</summary>
    public static readonly ErrorCode ApiKeyAnswerUnknown = new("ApiKeyAnswerUnknown", OpsErrorCategory.InvalidData, Page + "#api-keys");

    /// <summary>It was said that a key is revoked, and it is not.</summary>
    public static readonly ErrorCode ApiKeyStillActive = new("ApiKeyStillActive", OpsErrorCategory.InvalidResult, Page + "#api-keys");

    /// <summary>A table is not as the environment file says.</summary>
    public static readonly ErrorCode ApiKeyTableDiffers = new("ApiKeyTableDiffers", OpsErrorCategory.InvalidData, Page + "#a-table");

    /// <summary>What was asked for cannot be done where these keys are kept.</summary>
    public static readonly ErrorCode ApiKeyUnsupported = new("ApiKeyUnsupported", OpsErrorCategory.InvalidOperation, Page + "#api-keys");
}
