namespace OpsModule.Engine.Areas.Attacks.Blocking;

/// <summary>For which program a block list is written.</summary>
public enum BlockListFormat
{
    /// <summary><c>deny</c> lines, to be included in <c>http</c>, <c>server</c> or <c>location</c>.</summary>
    Nginx,
    /// <summary>A table of its own with a set for each family; loaded as a whole or not at all.</summary>
    Nftables,
    /// <summary>A shell script that bans in a jail.</summary>
    Fail2ban,
    /// <summary>JSON for <c>cscli decisions import</c>.</summary>
    CrowdSec,
    /// <summary>A pattern file for <c>acl ... src -f</c>.</summary>
    HAProxy,
}
