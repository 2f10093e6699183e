using System.Management.Automation;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Blocking;
using OpsModule.Foundations.Errors;

namespace OpsModule.Attacks;

/// <summary>
/// Writes the addresses of attackers as a block list for nginx, nftables, fail2ban, CrowdSec or HAProxy, from matches, offenders, bursts or a
/// summary. It only writes the file; loading it is up to you, and the result says how (Next).
/// </summary>
/// <remarks>
/// <para>Every address is read and written anew, with why and when beside it. Addresses of private networks are left out, unless -IncludePrivate; so is what the
/// allow-list names, here or in attacks.allow of the environment file. Addresses of this machine and the proxies of attacks.trustedProxies are always left out, and so is any
/// text that libraries read in different ways, such as 010.0.0.1. Name your own networks and your monitoring in the allow-list, and the proxies in front of you as trusted: an
/// address in a log can be forged where a server believes X-Forwarded-For from anybody.</para>
/// <para>A second run replaces the list of the first: an address that is in it no longer is blocked no longer. To block for a day, look at a day.
/// A file that this module did not write is replaced only with -Force. With nftables and CrowdSec each address has the time of -For, after
/// which it is free by itself; fail2ban takes the bantime of its jail, nginx and HAProxy keep to the file.</para>
/// </remarks>
/// <example>
/// <code>Measure-OpsAttack -Path /var/log/nginx/access.log | Export-OpsBlockList /etc/nginx/conf.d/blocked.conf -As Nginx -Allow 198.51.100.0/24 -WhatIf</code>
/// <para>Shows how many addresses would be denied, and leaves a network of your own alone.</para>
/// </example>
/// <example>
/// <code>Measure-OpsAttack -Path access.log -By Address -Top 500 | Export-OpsBlockList blocked.nft -As Nftables -For 6h -MinMatches 20</code>
/// <para>The worst addresses with twenty matches or more, for six hours; load it with nft -f.</para>
/// </example>
[Cmdlet(VerbsData.Export, "OpsBlockList", SupportsShouldProcess = true)]
[OutputType(typeof(BlockListRecord))]
public sealed class ExportOpsBlockListCommand : OpsEnvironmentCmdlet
{
    private BlockList? _list;
    private BlockListFile? _file;
    private bool _told;

    /// <summary>Matches, offenders and bursts by address, or summaries.</summary>
    [Parameter(ValueFromPipeline = true)]
    public object? InputObject { get; set; }

    /// <summary>The file to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("LiteralPath", "PSPath")]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? Path { get; set; }

    /// <summary>For which program.</summary>
    [Parameter(Mandatory = true)]
    public BlockListFormat As { get; set; }

    /// <summary>How long an address is blocked, where the format can say: 30m, 6h, 7d.</summary>
    [Parameter]
    [Duration]
    public TimeSpan For { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Only addresses with so many matches that are certain; of a burst those in its worst window count.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MinMatches { get; set; } = 1;

    /// <summary>What is never blocked: addresses and networks; <c>path:</c>, <c>agent:</c> or <c>rule:</c> and a pattern let matches pass.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Allow { get; set; }

    /// <summary>Files of what is never blocked, as Measure-OpsAttack takes them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? AllowList { get; set; }

    /// <summary>Blocks addresses of private networks, too; never those of this machine, of its loopback, and of attacks.trustedProxies.</summary>
    [Parameter]
    public SwitchParameter IncludePrivate { get; set; }

    /// <summary>The jail of fail2ban.</summary>
    [Parameter]
    [ValidatePattern("^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    public string Jail { get; set; } = "opsmodule";

    /// <summary>Replaces a file that this module did not write.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        if (For < TimeSpan.FromSeconds(1)) throw new OpsException("DurationInvalid", OpsErrorCategory.InvalidArgument, $"-For {For} is no time to block for.", "Give a second or more, such as 6h.");
        AttackSettings settings = EnvironmentIfAny?.Attacks ?? new AttackSettings();
        _list = new BlockList(AllowParameters.Read(settings, Allow, AllowList), IncludePrivate, settings.TrustedProxies);
        _file = new BlockListFile(Path!, As, For, Jail, TimeProvider.System);
        _file.CheckFree(Force);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (IsEnvironment) throw PipedObject.IsNo("address to block", Environment!, "matches, summaries or offenders; the environment is named by -Environment");
        // A list without them would take the place of a good one.
        if (PipedObject.Read(InputObject) is { Record: AttackSummary } read && read.Lacking.Contains(nameof(AttackSummary.Addresses)))
            throw new OpsException("NoAddress", OpsErrorCategory.InvalidData, "Of the summary its addresses were not kept, so nobody can say whom to block.",
                "Keep summaries with Export-Clixml, which keeps all of them, and not with Export-Csv or Select-Object.", read.Record);
        if (PipedObject.Record(InputObject) is not { } item || _list!.Add(item) || item is AttackMatch) return Task.CompletedTask;
        if (!_told)
            Fail(new OpsException("NoAddress", OpsErrorCategory.InvalidArgument, $"There is no address to block in '{item}' ({item.GetType().Name}).", "Pipe matches, summaries, or offenders by address (Measure-OpsAttack -By Address).", item));
        _told = true;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        int count = _list!.Count(MinMatches);
        if (count == 0 && _told)
        {
            // Not even an empty list: it would lift every block for a slip of the caller.
            Warning($"Nothing that was piped in names whom to block; {Path} was not written.");
            return;
        }
        if (count == 0) Warning("There is no address to block; the list is empty.");
        string what = FormattableString.Invariant($"Write {count:N0} {(count == 1 ? "address" : "addresses")} for {As}");
        if (!await ShouldProcessAsync(Path!, what).ConfigureAwait(false)) return;
        Emit(_file!.Write(_list, MinMatches));
    }
}
