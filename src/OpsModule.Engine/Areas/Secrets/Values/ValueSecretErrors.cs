using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>The catalogue of what goes wrong with values that others make.</summary>
public static class ValueSecretErrors
{
    private const string Page = "concepts/secrets.md#values";

    /// <summary>A value has not the form that its proof needs: no DSN, for example.</summary>
    public static readonly ErrorCode SecretValueInvalid = new("SecretValueInvalid", OpsErrorCategory.InvalidData, Page);

    /// <summary>The entry of the environment file lacks what its proof needs.</summary>
    public static readonly ErrorCode SecretProofIncomplete = new("SecretProofIncomplete", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>The server of a value did not do what was asked.</summary>
    public static readonly ErrorCode SecretServerRefused = new("SecretServerRefused", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>The server of a value cannot be reached.</summary>
    public static readonly ErrorCode SecretServerUnreachable = new("SecretServerUnreachable", OpsErrorCategory.ResourceUnavailable, Page);

    /// <summary>The present value is needed and not known.</summary>
    public static readonly ErrorCode SecretValueUnknown = new("SecretValueUnknown", OpsErrorCategory.ObjectNotFound, Page);
}
