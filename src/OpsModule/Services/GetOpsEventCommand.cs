using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;

namespace OpsModule.Services;

/// <summary>
/// <para>Shows what happened to the instances of services: starts, deaths, ends for want of memory, changes of health.</para>
/// </summary>
/// <remarks>
/// <para>Oldest first. A Docker engine remembers its last 256 events and forgets them when it restarts: what is missing may have happened
/// all the same. A Kubernetes cluster keeps its events for an hour, as a rule. With -Follow it goes on until Ctrl+C.</para>
/// <para>On a host they are what systemd writes to the journal of the units that the environment file names, or that are named here.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsEvent -Since 12h | Where-Object Kind -eq OutOfMemory</code>
/// <para>Was anything ended for want of memory last night?</para>
/// </example>
/// <example>
/// <code>Get-OpsEvent api -Follow</code>
/// <para>Shows what happens to a service while it happens.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsEvent")]
[OutputType(typeof(PlatformEvent))]
public sealed class GetOpsEventCommand : OpsServiceCmdlet
{
    /// <summary>From this time on, or from this long ago on: 30m, 12h, 2d. One hour unless told.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Up to this time, or up to this long ago.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Only events of these kinds.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public PlatformEventKind[]? Kind { get; set; }

    /// <summary>Goes on with what happens.</summary>
    [Parameter]
    public SwitchParameter Follow { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = Context.Time.GetUtcNow();
        DateTimeOffset? until = Until ?? (Follow ? null : now);
        HashSet<string>? services = ServiceNames is null ? null : [.. (await FindServicesAsync(cancellationToken).ConfigureAwait(false)).Select(s => s.Name)];
        if (services is { Count: 0 }) return;
        await foreach (PlatformEvent happened in Platform.EventsAsync(Since ?? now.AddHours(-1), until, cancellationToken).ConfigureAwait(false))
            if (services?.Contains(happened.Service) is not false && Kind?.Contains(happened.Kind) is not false) Emit(happened);
    }
}
