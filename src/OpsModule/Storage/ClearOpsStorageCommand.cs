using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Engine.Areas.Storage;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Storage;

/// <summary>
/// <para>Clears away what nothing needs: ended containers, dangling images, unused networks, build cache; old log files and volumes when they
/// are named.</para>
/// </summary>
/// <remarks>
/// <para>Unless told otherwise, what has been unused for less than a day stays, and so do: containers of compose services, whichever project
/// they are of, for somebody may have stopped them by hand; networks that stopped containers need; images with a name; every volume.
/// Nothing is forced: what came into use meanwhile stays, with an error of its own, and the others go.</para>
/// <para>-WhatIf looks at the real engine and says for each target how much it takes. FreedBytes is what was really freed. Bytes of an image
/// are what only it takes; two that share layers free more together.</para>
/// <para>The log that a container writes is never cut off: the engine holds it open. Give such a service a max-size, and make its
/// containers anew. -LogFolder takes only names of files that were rotated or exported (app.log.1, app.log.2.gz), and no folder of a
/// store of backups.</para>
/// </remarks>
/// <example>
/// <code>Clear-OpsStorage -WhatIf</code>
/// <para>What would go, and how much each takes.</para>
/// </example>
/// <example>
/// <code>Clear-OpsStorage -Include Image, BuildCache -OlderThan 7d -Confirm:$false</code>
/// <para>Images without a name and build cache that nobody has used for a week.</para>
/// </example>
/// <example>
/// <code>Clear-OpsStorage -Include Image -UnusedImage -OlderThan 30d</code>
/// <para>Every image that no container uses and that is older than 30 days: old releases, too.</para>
/// </example>
/// <example>
/// <code>Clear-OpsStorage -Volume shop_old-data</code>
/// <para>One volume for good, after asking. Nothing else.</para>
/// </example>
/// <example>
/// <code>Clear-OpsStorage -LogFolder /var/log/shop -OlderThan 90d</code>
/// <para>Rotated and exported logs of one folder.</para>
/// </example>
[Cmdlet(VerbsCommon.Clear, "OpsStorage", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(StorageItem), typeof(ChangePlan))]
public sealed class ClearOpsStorageCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>
    /// What to clear: Container, Image, Network, BuildCache. All of these unless told; with -Volume or -LogFolder, only what is said.
    /// </summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public StorageKind[]? Include { get; set; }

    /// <summary>What has been unused for less than this stays: 12h, 7d. A day unless told. Volumes that are named go whatever their age.</summary>
    [Parameter]
    [Duration]
    public TimeSpan OlderThan { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Images with a name, too, when no container uses them; not those that a service of the environment without a container waits for.</summary>
    [Parameter]
    public SwitchParameter UnusedImage { get; set; }

    /// <summary>
    /// Ended containers of the environment's own compose services, too, and its own networks when nothing uses them. Their logs go with
    /// them. Services of other projects on the same engine are left alone.
    /// </summary>
    [Parameter]
    public SwitchParameter StoppedService { get; set; }

    /// <summary>Volumes to remove for good, by their names, in any case and with wildcards. One that a container knows, running or not, is refused.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(VolumeCompleter))]
    public string[]? Volume { get; set; }

    /// <summary>Folders whose rotated and exported log files go. Folders below are left alone.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? LogFolder { get; set; }

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        StorageKind[] kinds = [.. Include ?? (Volume is null && LogFolder is null ? StorageRequest.Usual : []), .. Volume is null ? [] : new[] { StorageKind.Volume }, .. LogFolder is null ? [] : new[] { StorageKind.Log }];
        if (kinds.Contains(StorageKind.Volume) && Volume is null) throw Unnamed("Volumes are removed only by name.", "Name them with -Volume.");
        if (kinds.Contains(StorageKind.Log) && LogFolder is null) throw Unnamed("No folder of logs was named.", "Name folders with -LogFolder.");
        if (kinds.Any(k => k != StorageKind.Log)) await AttemptAsync(() => ClearDockerAsync(kinds, cancellationToken)).ConfigureAwait(false);
        foreach (string pattern in LogFolder ?? [])
            await AttemptAsync(async () =>
            {
                foreach (string folder in ProviderPaths.Expand([pattern])) await AttemptAsync(() => ClearLogsAsync(folder, cancellationToken)).ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

    private async Task ClearLogsAsync(string folder, CancellationToken cancellationToken)
    {
        foreach (StorageItem item in new OldLogs(Context).Find(folder, OlderThan)) await ClearAsync(item, null,
            cancellationToken).ConfigureAwait(false);
    }

    private async Task ClearDockerAsync(StorageKind[] kinds, CancellationToken cancellationToken)
    {
        if (Context.Platform() is not DockerPlatform platform)
            throw new OpsException("PlatformUnsupported", OpsErrorCategory.InvalidOperation, $"The services of {Context.Environment.Name} do not run on a Docker engine of the environment file.",
                "If they are a compose project, say so: platform: { compose: { file: compose.yaml } }. Old logs are cleared everywhere, with -LogFolder.", Context.Environment.Name);
        DockerEngine engine = platform.Engine;
        var finder = new StorageFinder(Context, engine, new StorageRequest { OlderThan = OlderThan, UnusedImages = UnusedImage, Services = StoppedService, Volumes = Volume ?? [] });
        bool any = false;
        // Containers first: they hold the rest.
        foreach (StorageKind kind in kinds.Where(k => k != StorageKind.Log).Distinct().Order())
            foreach (StorageItem item in await finder.FindAsync(kind, Fail, cancellationToken).ConfigureAwait(false))
            {
                any = true;
                await AttemptAsync(() => ClearAsync(item, finder, cancellationToken)).ConfigureAwait(false);
            }
        if (finder.TooYoung == 0) return;
        string young = finder.TooYoung == 1 ? "1 thing has" : $"{finder.TooYoung} things have";
        string stays = $"{young} been unused for less than {DurationText.Show(OlderThan)} and stay{(finder.TooYoung == 1 ? "s" : "")} (-OlderThan).";
        if (any) Verbose(stays);
        else Context.Reporter.Warning("Nothing goes: " + stays);
    }

    private async Task ClearAsync(StorageItem item, StorageFinder? finder, CancellationToken cancellationToken)
    {
        ChangePlan plan = new StoragePlanner(Context).Plan(item, OlderThan);
        if (await AskAsync(plan).ConfigureAwait(false))
        {
            ChangeResult? done = await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false);
            Emit(item with { FreedBytes = done?.Value as long?, Removed = true });
        }
        else if (!IsWhatIf && PlanFile is null) return;
        finder?.Plan(item);
    }

    private static OpsException Unnamed(string message, string remedy) => new("NothingNamed", OpsErrorCategory.InvalidArgument, message, remedy);
}
