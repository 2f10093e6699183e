using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Tenants;

/// <summary>The catalogue of what goes wrong with suspending tenants.</summary>
public static class TenantErrors
{
    private const string Page = "concepts/tenants.md";

    /// <summary>The environment file does not say how a tenant is suspended.</summary>
    public static readonly ErrorCode TenantsNotDeclared = new("TenantsNotDeclared", OpsErrorCategory.InvalidOperation, Page
        + "#what-is-declared");

    /// <summary>A text that can be no tenant's name.</summary>
    public static readonly ErrorCode TenantNameInvalid = new("TenantNameInvalid", OpsErrorCategory.InvalidArgument, Page);

    /// <summary>There is no such tenant.</summary>
    public static readonly ErrorCode TenantNotFound = new("TenantNotFound", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>Several rows are of one tenant.</summary>
    public static readonly ErrorCode TenantAmbiguous = new("TenantAmbiguous", OpsErrorCategory.InvalidData, Page + "#the-flag-in-a-table");

    /// <summary>A table, or a column of it, is not as the environment file says.</summary>
    public static readonly ErrorCode TenantTableInvalid = new("TenantTableInvalid", OpsErrorCategory.InvalidData, Page
        + "#the-flag-in-a-table");

    /// <summary>A tenant's row has changed since its suspension began.</summary>
    public static readonly ErrorCode TenantFlagDiffers = new("TenantFlagDiffers", OpsErrorCategory.InvalidOperation, Page
        + "#the-flag-in-a-table");

    /// <summary>The privileges of a schema could not be brought back exactly; so they are not taken away.</summary>
    public static readonly ErrorCode TenantAclNotRestorable = new("TenantAclNotRestorable", OpsErrorCategory.InvalidOperation, Page
        + "#privileges-of-the-schema");

    /// <summary>The privileges of a schema are neither as they were nor as suspending left them.</summary>
    public static readonly ErrorCode TenantAclDiffers = new("TenantAclDiffers", OpsErrorCategory.InvalidOperation, Page
        + "#privileges-of-the-schema");

    /// <summary>An endpoint did not do what it was asked.</summary>
    public static readonly ErrorCode TenantEndpointFailed = new("TenantEndpointFailed", OpsErrorCategory.InvalidResult, Page
        + "#endpoints");

    /// <summary>Nobody answers at an endpoint: nothing was asked of it, and nothing has to be taken back there.</summary>
    public static readonly ErrorCode TenantEndpointAway = new("TenantEndpointAway", OpsErrorCategory.ResourceUnavailable, Page
        + "#endpoints");

    /// <summary>An endpoint said that it did, and what it is asked afterwards says that it did not.</summary>
    public static readonly ErrorCode TenantEndpointLied = new("TenantEndpointLied", OpsErrorCategory.InvalidResult, Page + "#endpoints");

    /// <summary>Sessions cannot be ended.</summary>
    public static readonly ErrorCode TenantSessionsRefused = new("TenantSessionsRefused", OpsErrorCategory.PermissionDenied, Page
        + "#sessions");

    /// <summary>The connection to a database was lost.</summary>
    public static readonly ErrorCode TenantDatabaseLost = new("TenantDatabaseLost", OpsErrorCategory.ResourceUnavailable, Page
        + "#killed-anywhere");

    /// <summary>Keys are to be revoked that nothing here can revoke for one tenant.</summary>
    public static readonly ErrorCode TenantKeysUnsupported = new("TenantKeysUnsupported", OpsErrorCategory.InvalidOperation, Page
        + "#keys");

    /// <summary>Keys that were revoked are valid.</summary>
    public static readonly ErrorCode TenantKeysStillValid = new("TenantKeysStillValid", OpsErrorCategory.InvalidResult, Page + "#keys");

    /// <summary>Keys that were to become valid again are revoked.</summary>
    public static readonly ErrorCode TenantKeysStillRevoked = new("TenantKeysStillRevoked", OpsErrorCategory.InvalidResult, Page + "#keys");

    /// <summary>The token of a proof is missing, or has expired.</summary>
    public static readonly ErrorCode TenantTokenInvalid = new("TenantTokenInvalid", OpsErrorCategory.InvalidArgument, Page + "#proofs");

    /// <summary>A request that is to prove something is not served before anything is done: refused afterwards it would prove
    /// nothing.</summary>
    public static readonly ErrorCode TenantProofWorthless = new("TenantProofWorthless", OpsErrorCategory.InvalidOperation, Page
        + "#proofs");

    /// <summary>An instance serves a tenant that is suspended.</summary>
    public static readonly ErrorCode TenantStillServed = new("TenantStillServed", OpsErrorCategory.InvalidResult, Page + "#proofs");

    /// <summary>Whether a tenant is refused could not be seen of each instance.</summary>
    public static readonly ErrorCode TenantNotProven = new("TenantNotProven", OpsErrorCategory.InvalidResult, Page + "#proofs");

    /// <summary>Another tenant is not served any more.</summary>
    public static readonly ErrorCode OtherTenantRefused = new("OtherTenantRefused", OpsErrorCategory.InvalidResult, Page + "#proofs");

    /// <summary>Nothing that runs would lift a suspension whose time is over.</summary>
    public static readonly ErrorCode TenantLiftUnscheduled = new("TenantLiftUnscheduled", OpsErrorCategory.InvalidOperation, Page
        + "#for-a-time");

    /// <summary>The tenant is suspended already, in another way than was asked for.</summary>
    public static readonly ErrorCode TenantSuspendedAlready = new("TenantSuspendedAlready", OpsErrorCategory.ResourceExists, Page);

    /// <summary>A suspension of the tenant has not ended.</summary>
    public static readonly ErrorCode TenantChangeUnderWay = new("TenantChangeUnderWay", OpsErrorCategory.ResourceBusy, Page
        + "#killed-anywhere");

    /// <summary>A suspension that had failed was taken back.</summary>
    public static readonly ErrorCode TenantSuspensionFailed = new("TenantSuspensionFailed", OpsErrorCategory.InvalidResult, Page
        + "#killed-anywhere");

    /// <summary>What is declared is not what the suspension was made with.</summary>
    public static readonly ErrorCode TenantSettingsChanged = new("TenantSettingsChanged", OpsErrorCategory.InvalidOperation, Page
        + "#killed-anywhere");

    /// <summary>What is kept of a suspension cannot be read or written.</summary>
    public static readonly ErrorCode TenantStoreUnreadable = new("TenantStoreUnreadable", OpsErrorCategory.InvalidData, Page
        + "#what-is-kept");
}
