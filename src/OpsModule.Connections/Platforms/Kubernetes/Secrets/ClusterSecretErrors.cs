using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Kubernetes.Secrets;

/// <summary>The catalogue of what goes wrong with Secrets of a cluster.</summary>
public static class ClusterSecretErrors
{
    private const string Page = "concepts/env-files.md#secrets-of-a-cluster";

    /// <summary>The namespace has no such Secret, or the Secret no such key.</summary>
    public static readonly ErrorCode SecretMissing = new("ClusterSecretMissing", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>Somebody else has changed it since it was read.</summary>
    public static readonly ErrorCode SecretMoved = new("ClusterSecretMoved", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>A controller keeps it, and would take back what is written.</summary>
    public static readonly ErrorCode SecretKept = new("ClusterSecretKept", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>Something reads it that cannot be told another name.</summary>
    public static readonly ErrorCode SecretHeld = new("ClusterSecretHeld", OpsErrorCategory.InvalidOperation, Page);
}
