using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Finding;

/// <summary>The catalogue of what goes wrong when a value is searched for.</summary>
public static class FindingErrors
{
    private const string Page = "concepts/env-files.md#the-same-value-elsewhere";

    /// <summary>A value that is too short to be searched for.</summary>
    public static readonly ErrorCode SecretTooShort = new("SecretTooShort", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>What is to lead to a value is no reference.</summary>
    public static readonly ErrorCode SecretReferenceInvalid = new("SecretReferenceInvalid", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>The same value stands where the environment file does not say so.</summary>
    public static readonly ErrorCode UndeclaredUse = new("SecretUsedElsewhere", OpsErrorCategory.InvalidOperation, Page);
}
