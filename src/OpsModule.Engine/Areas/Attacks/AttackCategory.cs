namespace OpsModule.Engine.Areas.Attacks;

/// <summary>What kind of attack, or trace of one.</summary>
public enum AttackCategory
{
    /// <summary>SQL (or a query of another kind) in a parameter.</summary>
    SqlInjection,
    /// <summary>Markup or script in a parameter.</summary>
    CrossSiteScripting,
    /// <summary>A way out of the folder, or to a file that is nobody's business.</summary>
    PathTraversal,
    /// <summary>A command or code of a server-side language in a parameter.</summary>
    CommandInjection,
    /// <summary>A JNDI lookup for log4j (CVE-2021-44228).</summary>
    Log4Shell,
    /// <summary>An address inside the network, for the server to fetch.</summary>
    ServerSideRequestForgery,
    /// <summary>A scanner, or a look for what should not be there.</summary>
    Scanner,
    /// <summary>A tenant at another tenant's data.</summary>
    CrossTenantAccess,
    /// <summary>More requests than allowed.</summary>
    RateLimit,
    /// <summary>What the application itself calls a security event.</summary>
    SecurityEvent,
    /// <summary>A login that failed.</summary>
    AuthenticationFailure,
}

/// <summary>How grave it is.</summary>
public enum AttackSeverity
{
    /// <summary>Worth counting.</summary>
    Information,
    /// <summary>Noise of the internet.</summary>
    Low,
    /// <summary>Somebody tries.</summary>
    Medium,
    /// <summary>Somebody tries something that hurts where it works.</summary>
    High,
    /// <summary>It seems to have worked, or would give the machine away.</summary>
    Critical,
}

/// <summary>How sure a rule is.</summary>
public enum AttackConfidence
{
    /// <summary>Ordinary text matches now and then.</summary>
    Low,
    /// <summary>Ordinary text matches rarely.</summary>
    Medium,
    /// <summary>Nothing else looks like it.</summary>
    High,
}
