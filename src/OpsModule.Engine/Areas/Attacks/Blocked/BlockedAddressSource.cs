namespace OpsModule.Engine.Areas.Attacks.Blocked;

/// <summary>What blocks addresses on this machine.</summary>
public enum BlockedAddressSource
{
    /// <summary>Sets of nftables with addresses in them.</summary>
    Nftables,
    /// <summary>Jails of fail2ban.</summary>
    Fail2ban,
    /// <summary>Files of nginx with <c>deny</c>.</summary>
    Nginx,
    /// <summary>Decisions of CrowdSec.</summary>
    CrowdSec,
}
