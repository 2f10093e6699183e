namespace OpsModule.Engine.Areas.Tenants;

/// <summary>How a tenant is, as far as suspending goes.</summary>
public enum TenantStatus
{
    /// <summary>OpsModule has not suspended it.</summary>
    Active,
    /// <summary>It is suspended.</summary>
    Suspended,
    /// <summary>Its suspension was to be lifted by now, and was not.</summary>
    Overdue,
    /// <summary>Suspending it, or lifting that, has not ended: it was killed, or something serves the tenant still.</summary>
    Unfinished,
}
