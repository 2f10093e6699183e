using System.Management.Automation;
using OpsModule.Engine.Areas.Storage;

namespace OpsModule.Storage;

/// <summary>
/// <para>Shows what takes room: file systems, Docker's images, containers, volumes, build cache and logs, and stores of backups.</para>
/// </summary>
/// <remarks>
/// <para>Each is one object with its bytes, what is free of it or could be had back, and how many there are. Bind mounts of the same file
/// system are shown once; what the kernel makes up in memory is left out. What could be had back of images is at least so much, because
/// layers are shared.</para>
/// <para>The files of containers' logs are shown where the Docker engine runs on this machine and this user may see them. Where it runs on
/// another one, this machine's file systems are not shown either, unless -Kind FileSystem asks for them: they are not those that services
/// fill. On Kubernetes only stores of backups are shown.</para>
/// </remarks>
/// <example>
/// <code>Get-OpsDiskUsage</code>
/// <para>Everything that applies to the environment.</para>
/// </example>
/// <example>
/// <code>Get-OpsDiskUsage -Kind FileSystem | Where-Object UsedPercent -gt 80</code>
/// <para>Which file systems are filling up?</para>
/// </example>
/// <example>
/// <code>Get-OpsDiskUsage -Kind ContainerLog | Sort-Object SizeBytes -Descending | Select-Object -First 5</code>
/// <para>The five containers that have written most.</para>
/// </example>
/// <example>
/// <code>Get-OpsDiskUsage -Kind Store -Remote</code>
/// <para>Every store of backups, those in S3, too: how many, how large, from when to when.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "OpsDiskUsage")]
[OutputType(typeof(DiskUsage))]
public sealed class GetOpsDiskUsageCommand : OpsEnvironmentCmdlet
{
    /// <summary>Only these: FileSystem, Image, Container, Volume, BuildCache, ContainerLog, Store.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public DiskUsageKind[]? Kind { get; set; }

    /// <summary>Counts stores in S3, too, which takes a request for each thousand objects.</summary>
    [Parameter]
    public SwitchParameter Remote { get; set; }

    /// <summary>Seconds that each file system may take to answer.</summary>
    [Parameter]
    [Duration(Waits = true, Least = "1s", Most = "1h")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => new DiskUsageReader(Context).RunAsync(
        new DiskUsageRequest { Kinds = Kind, Remote = Remote, Timeout = Timeout }, Emit, Fail, cancellationToken);
}
