using System.Management.Automation;
using OpsModule.Engine.Areas.Attacks.Blocked;

namespace OpsModule.Attacks;

/// <summary>
/// Shows the addresses that are blocked on this machine by nftables, fail2ban, nginx and CrowdSec: since when, until when and why.
/// </summary>
/// <remarks>
/// <para>It only asks: <c>nft -j list ruleset</c>, <c>fail2ban-client</c>, <c>cscli decisions list</c>, and the files of nginx that -Path
/// names. Without -Source every
/// program is asked that is there. Nothing is said of a firewall in front of this machine.</para>
/// <para>With -Summary there is one object for each source, with how many addresses it has and how many it had in the last 14 days. A
/// number outside of that range is a
/// finding, also none where there were always some; Assert-OpsResult ends a scheduled line with it. For that the numbers are kept in the
/// state folder of the
/// environment, one an hour; until there are twelve of them over a day at least, nothing is unusual.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsBlockedAddress | Sort-Object Since -Descending | Select-Object -First 20</code>
/// <para>Who was blocked last?</para>
/// </example>
/// <example>
/// <code>Get-OpsBlockedAddress -Source Nginx -Path /etc/nginx/conf.d/blocked.conf</code>
/// <para>The addresses of a list that Export-OpsBlockList wrote.</para>
/// </example>
/// <example>
/// <code>Get-OpsBlockedAddress -Summary | Assert-OpsResult</code>
/// <para>Fails when a source blocks more, or fewer, than in the last 14 days.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsBlockedAddress", DefaultParameterSetName = nameof(Path))]
[OutputType(typeof(BlockedAddress), typeof(BlockedAddressCount))]
public sealed class GetOpsBlockedAddressCommand : OpsEnvironmentCmdlet
{
    /// <summary>Only these: Nftables, Fail2ban, Nginx, CrowdSec. Without it each that is there.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public BlockedAddressSource[]? Source { get; set; }

    /// <summary>Files of nginx with <c>deny</c> lines, with wildcards.</summary>
    [Parameter(ParameterSetName = nameof(Path))]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>The files, whose names are taken as they are: no character is a wildcard.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(LiteralPath))]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true, Literal = true)]
    public string[]? LiteralPath { get; set; }

    /// <summary>One object for each source instead: how many addresses it has, and whether that is unusual.</summary>
    [Parameter]
    public SwitchParameter Summary { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var reader = new BlockedAddressReader(EnvironmentIfAny?.StateDirectory, EnvironmentIfAny?.Name ?? "", this, TimeProvider.System);
        await reader.ReadAsync(Source, [.. ProviderPaths.Expand(Path ?? LiteralPath)], Fail, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<BlockedAddressCount> counts = reader.Count();
        foreach (BlockedAddressCount count in counts)
        {
            if (Summary) Emit(count);
            else if (count.Finding is { } finding) Warning(finding);
        }
        if (Summary) return;
        foreach (BlockedAddress address in reader.Addresses) Emit(address);
    }
}
