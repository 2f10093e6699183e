namespace OpsModule.Engine.Areas.Attacks;

/// <summary>By what matches are counted.</summary>
public enum AttackKey
{
    /// <summary>The address that asked.</summary>
    Address,
    /// <summary>The tenant.</summary>
    Tenant,
    /// <summary>The path of the request.</summary>
    Path,
    /// <summary>The rule.</summary>
    Rule,
    /// <summary>The file or the instance of a service.</summary>
    Source,
}
