using System.Management.Automation;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Areas.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Building;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Rollouts;

/// <summary>
/// <para>Brings out another version of a service without anyone noticing, and takes it back when it fails.</para>
/// </summary>
/// <remarks>
/// <para>A new instance is made from the compose file, beside the old ones, and asked every 250 ms whether it is ready. The proxy before
/// the service is told of
/// it, and a request through the proxy must be answered by it; then an old instance gets nothing new, has the time that its connections
/// need, and goes.
/// So it is repeated, and never are there more than one batch too many. A new instance that ends, or is not ready in time, or fails
/// while it is watched,
/// is taken away again, and the old version serves as before: then the result says RolledBack, and the error has the last lines that it
/// wrote.</para>
/// <para>What ran is kept as a revision, with its image and its env files, for Undo-OpsServiceUpdate. What keeps two instances from
/// being there at once
/// (Test-OpsServiceUpdate tells it) makes each old one stop before its new one starts.</para>
/// <para>On Kubernetes the workload gets the image (-Image, -Tag or -Digest), its own controllers replace the pods, and the result, the way
/// back and the revisions are the same.</para>
/// <para>Without -Image, -Tag and -Digest the instances are made anew with what the compose file, its env files and its image are
/// now.</para>
/// </remarks>
/// <example>
/// <code>Update-OpsService api -Tag 2.1 -Watch 1m -Reason 'release 2.1' | Assert-OpsResult</code>
/// <para>Brings version 2.1 out and watches it for a minute.</para>
/// </example>
/// <example>
/// <code>Update-OpsService api -Tag 2.1 -WhatIf | Select-Object -ExpandProperty Figures</code>
/// <para>Shows what would change: the image, variables by name and fingerprint, ports, mounts.</para>
/// </example>
/// <example>
/// <code>Update-OpsService api</code>
/// <para>After a change of .env: makes the instances anew with it.</para>
/// </example>
/// <example>
/// <code>Update-OpsService api -Build -Reason 'hotfix'</code>
/// <para>Builds the image as the compose file says, and brings out what was built.</para>
/// </example>
[Cmdlet(VerbsData.Update, "OpsService", SupportsShouldProcess = true, DefaultParameterSetName = "Files")]
[OutputType(typeof(RolloutResult), typeof(ChangePlan))]
public sealed class UpdateOpsServiceCommand : OpsImageRolloutCmdlet, IPlanFileCmdlet
{
    private const string Action = "Update-OpsService";

    /// <summary>Builds the image first, as the compose file says, and brings out what was built. It is a change of its own, which is taken
    /// back when the update fails.</summary>
    [Parameter(ParameterSetName = "Files")]
    public SwitchParameter Build { get; set; }

    /// <summary>With -Build: builds without what earlier builds have left.</summary>
    [Parameter(ParameterSetName = "Files")]
    public SwitchParameter NoCache { get; set; }

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan, which is carried out whole or
    /// not at all.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        RolloutOptions options = Asked;
        foreach (ServiceRecord service in await FindServicesToStartAsync(cancellationToken).ConfigureAwait(false))
            await AttemptAsync(() => Build ? BuildAsync(service, options, cancellationToken)
                : BringOutAsync(service, options, Action, cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override Task BeginAsync(CancellationToken cancellationToken) => (Build.IsPresent, NoCache.IsPresent, PlanFile) switch
    {
        (false, true, _) => throw Conflict("-NoCache says how an image is built, and -Build is not given.", "Give both, or neither."),
        (true, _, not null) => throw Conflict(
            "What is brought out is known when it is built, so that -Build has no plan to keep in -PlanFile.",
            "Build it first, then plan the update without -Build."),
        _ => base.BeginAsync(cancellationToken),
    };

    private async Task BuildAsync(ServiceRecord service, RolloutOptions options, CancellationToken cancellationToken)
    {
        var runner = new ChangeRunner(Context);
        ChangePlan plan = await new BuildPlanner(Context).PlanAsync(service.Name, NoCache, Action, cancellationToken).ConfigureAwait(false);
        if (!await AskAsync(plan).ConfigureAwait(false)) return;
        ChangeResult? done = await runner.RunAsync(plan, cancellationToken).ConfigureAwait(false);
        if (done is not { Value: BuiltImage built, Change: { } change }) return;
        options = options with { Build = true };
        // Where nothing runs, and the files give it no name, only the build knows what it is called.
        if (service.Image is null && service.Instances.Count == 0) options = options with { Image = built.Name };
        bool isWell = false;
        try { isWell = await BringOutAsync(service, options, Action, cancellationToken).ConfigureAwait(false); }
        finally
        {
            // What is to be gone on with needs what was built.
            if (!isWell && plan.Undo is not null && Context.Journal.FindUnfinished().All(u => u.Target != plan.Target))
                await runner.UndoAsync(Context.Journal.Find(change)!, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static OpsException Conflict(string found, string action) =>
        new("ParametersConflict", OpsErrorCategory.InvalidArgument, found, action);
}
