using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>The catalogue of errors of passwords of PostgreSQL's logins.</summary>
public static class PostgresSecretErrors
{
    private const string Page = "concepts/secrets.md#postgresql";

    /// <summary>A role that ops.yaml names is not there, or is not as it says.</summary>
    public static readonly ErrorCode LoginMissing = new("SecretLoginMissing", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>Nobody whom the environment logs in as may change the role's password.</summary>
    public static readonly ErrorCode LoginForbidden = new("SecretLoginForbidden", OpsErrorCategory.PermissionDenied, Page);

    /// <summary>The server is in recovery, and takes no change.</summary>
    public static readonly ErrorCode ServerInRecovery = new("SecretServerInRecovery", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>Two logins are not laid out so that one can take the other's place.</summary>
    public static readonly ErrorCode LoginsDiffer = new("SecretLoginsDiffer", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>The login whose turn it is is in use.</summary>
    public static readonly ErrorCode LoginInUse = new("SecretLoginInUse", OpsErrorCategory.ResourceBusy, Page);

    /// <summary>A value cannot be a password that every client hashes in the same way.</summary>
    public static readonly ErrorCode PasswordUnfit = new("SecretPasswordUnfit", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>What is known does not suffice to take it back.</summary>
    public static readonly ErrorCode PasswordUnknown = new("SecretPasswordUnknown", OpsErrorCategory.InvalidOperation, Page);

    /// <summary>PgBouncer's list of users cannot be read or written, or its console did not answer.</summary>
    public static readonly ErrorCode PoolerRefused = new("SecretPoolerRefused", OpsErrorCategory.ResourceUnavailable, Page);

    /// <summary>A single login cannot be made into two.</summary>
    public static readonly ErrorCode LayoutRefused = new("SecretLayoutRefused", OpsErrorCategory.InvalidOperation, Page);
}
