using OpsModule.Connections.Postgres;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Planning;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery.Changing;

/// <summary>
/// What restores of a tenant and of a whole database have in common: built beside the live data, from the first store that gives the backup
/// whole, then switched in. What is staged, and what is kept, says in its comment of which restore it is.
/// </summary>
internal abstract class RestoreChange : ChangeKind
{
    public const string Build = "stage", Switch = "switch";

    private const string Remove = "remove";

    /// <summary>From when on what planning has looked at may have changed: roles, extensions, room on the disk.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    public override string TargetOf(ChangePlan plan)
    {
        RestoreArguments what = RestoreArguments.Read(plan);
        return RestoreNames.Target(what.Name, what.Tenant);
    }

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken)
    {
        RestoreArguments what = RestoreArguments.Read(plan);
        UnfinishedRestores.Refuse(context, plan.Target, what.Name, what.Tenant);
        PostgresServer server = await DatabaseServers.ResolveAsync(context, what.Name, cancellationToken).ConfigureAwait(false);
        return
        [
            .. await PlaceAsync(context, server, what, cancellationToken).ConfigureAwait(false),
            Identity(what, await Sha256Async(context, what, cancellationToken).ConfigureAwait(false)),
        ];
    }

    /// <summary>That it is the same backup.</summary>
    public static PlanIdentity Identity(RestoreArguments what, string sha256) => new($"SHA-256 of backup {what.Backup}", sha256);

    /// <summary>What is at the place that the restored data shall have.</summary>
    protected abstract Task<IReadOnlyList<PlanIdentity>> PlaceAsync(OpsContext context, PostgresServer server, RestoreArguments what,
        CancellationToken cancellationToken);

    /// <summary>Builds it beside the live data.</summary>
    protected abstract Task<RestoreNote> BuildAsync(OpsContext context, RestoreRequest request, PostgresServer server, RestoreBuild build,
        IKeeper keeper,
        CancellationToken cancellationToken);

    public override string WhenStopped(ChangePlan plan)
    {
        RestoreArguments what = RestoreArguments.Read(plan);
        string of = $"database {what.Name}" + (what.Tenant is null ? "" : $", tenant {what.Tenant}");
        return $"The restore of {of} was stopped; what it had staged was removed, and the live data is as it was.";
    }

    public override Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        RestoreArguments what = RestoreArguments.Read(run.Plan);
        return RestoreErrors.TranslateAsync($"Restoring {what.Words}", what.Backup, () => MakeAsync(run, what, cancellationToken));
    }

    private async Task<ChangeResult> MakeAsync(ChangeRun run, RestoreArguments what, CancellationToken cancellationToken)
    {
        long started = run.Context.Time.GetTimestamp();
        (PostgresServer server, IKeeper opened, List<Kept> kept) = await OpenAsync(run, what, cancellationToken).ConfigureAwait(false);
        await using IKeeper keeper = opened;
        if (kept.Find(k => k.Note is { State: RestoreState.Replaced } n && n.Id == run.Id) is { Note: { } done } replaced)
        {
            await keeper.SettleAsync(replaced, cancellationToken).ConfigureAwait(false);
            return new ChangeResult($"The switch had been made; what was replaced is kept as {replaced.Name}",
                UnfinishedRestores.Switched(run.Id, done, replaced));
        }
        string stage = what.Stage(run.Id, run.Context);
        Kept? staged = kept.Find(k => k.Name == stage);
        if (staged is null && ReplacedNothing(run)) return new ChangeResult("The switch had been made; nothing had been in its place");
        RestoreNote? built = staged?.Note is { Complete: true } complete && complete.Id == run.Id ? complete : null;
        if (built is null && (run.IsDone(Build) || run.HasBegun(Switch)))
            throw ChangeErrors.ChangeNotResumable.Make($"What the restore {run.Id} of {what.Words} had built, {stage}, is not there any more.",
                "See what is live, and with Get-OpsRestore what is kept; then restore anew.", run.Id);
        bool isOwn = built is null;
        if (built is null)
            await run.StepAsync(Build, async () => built = await StageAsync(run, what, server, keeper, stage,
                cancellationToken).ConfigureAwait(false),
                new Dictionary<string, string> { ["staging"] = stage }).ConfigureAwait(false);
        var order = new SwitchOrder(run.Id, built!, stage, what.SwitchTimeout, started, (outgoing, make) =>
            run.StepAsync(Switch, make, new Dictionary<string, string> { ["replaced"] = outgoing }));
        return await SwitchAsync(run, what, server, keeper, order, isOwn, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Has the target alone, and lists what is kept. A run that goes on with another one and does not come so far leaves all as it found
    /// it.
    /// </summary>
    private static async Task<(PostgresServer Server, IKeeper Keeper, List<Kept> Kept)> OpenAsync(ChangeRun run, RestoreArguments what,
        CancellationToken cancellationToken)
    {
        IKeeper? keeper = null;
        try
        {
            PostgresServer server = await DatabaseServers.ResolveAsync(run.Context, what.Name, cancellationToken).ConfigureAwait(false);
            keeper = await IKeeper.OpenAsync(run.Context, server, what.Kind, what.Tenant, cancellationToken).ConfigureAwait(false);
            return (server, keeper, await keeper.ListAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            if (keeper is not null) await keeper.DisposeAsync().ConfigureAwait(false);
            if (!run.HasBegun(Build)) throw;
            throw ChangeRun.LeaveOpen(Told(e, what));
        }
    }

    /// <summary>Builds from the first store that gives the backup whole; nothing is left of an attempt that failed.</summary>
    private async Task<RestoreNote> StageAsync(ChangeRun run, RestoreArguments what, PostgresServer server, IKeeper keeper, string stage,
        CancellationToken cancellationToken)
    {
        if (run.HasBegun(Build))
        {
            // What a run that was killed has left of it.
            try { await keeper.DropAsync(stage, cancellationToken).ConfigureAwait(false); }
            catch (Exception e) { throw ChangeRun.LeaveOpen(Told(e, what)); }
        }
        bool isFresh = run.Context.Time.GetUtcNow() - run.Plan.PlannedAt < Fresh;
        return (await new RestoreSources(run.Context.Reporter).FirstAsync(what.Sources, s => s.Store, async source =>
        {
            try
            {
                BackupRecord backup = await FindAsync(run.Context, what, source, cancellationToken).ConfigureAwait(false);
                RestoreRequest request = what.Request(backup);
                if (RestoreService.TenantOf(request) != what.Tenant)
                    throw ChangeErrors.PlanInvalid.Make($"The plan restores a whole database, and backup {backup.Id} is of the tenant {backup.Tenant}.",
                        "Make it anew.", run.Plan.Target);
                var build = new RestoreBuild(run.Id, stage, isFresh && source == what.Sources[0], run.ReachAsync);
                return await BuildAsync(run.Context, request, server, build, keeper, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                if (await AbandonAsync(run, what, server, stage, isBuilt: false).ConfigureAwait(false)) throw;
                throw ChangeRun.LeaveOpen(Told(e, what));
            }
        }).ConfigureAwait(false)).Result;
    }

    /// <summary>
    /// Switches it in. Where nobody lets that happen, what is built is kept for Resume-OpsChange, and so it is whenever a run fails that
    /// has
    /// found it built already.
    /// </summary>
    private static async Task<ChangeResult> SwitchAsync(ChangeRun run, RestoreArguments what, PostgresServer server, IKeeper keeper,
        SwitchOrder order,
        bool isOwn, CancellationToken cancellationToken)
    {
        var progress = new RestoreProgress(run.Context, RestoreProgress.Of(what.Name, what.Tenant), 0);
        progress.Say("Switching", 95);
        try
        {
            RestoreRecord record = await keeper.SwitchAsync(order, cancellationToken).ConfigureAwait(false);
            return new ChangeResult(order.Summary(record), record);
        }
        catch (Exception e)
        {
            bool isKept = !isOwn || e is OpsException { ErrorId: "SwitchBlocked" or "DatabaseExists" };
            if (!isKept && await AbandonAsync(run, what, server, order.Incoming, isBuilt: true).ConfigureAwait(false)) throw;
            if (e is OperationCanceledException)
                run.Context.Reporter.Warning($"The switch was stopped; what was restored is kept beside the live data. Go on with: {RestoreAdvice.Resume(what.Name, what.Tenant)}");
            throw ChangeRun.LeaveOpen(Told(e, what));
        }
        finally { progress.Close(); }
    }

    private static Task<bool> AbandonAsync(ChangeRun run, RestoreArguments what, PostgresServer server, string stage, bool isBuilt) =>
        new AbandonedRestore(run.Context, server, run.Id, what.Kind) { Patience = what.CleanUpPatience }
            .RemoveAsync(stage, isBuilt, RestoreAdvice.Undo(what.Name, what.Tenant));

    private static Exception Told(Exception e, RestoreArguments what) => RestoreErrors.Translate(e, $"Restoring {what.Words}",
        what.Backup) ?? e;

    public override Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        RestoreArguments what = RestoreArguments.Read(run.Plan);
        return RestoreErrors.TranslateAsync($"Taking back the restore of {what.Words}", what.Backup, () => TakeBackAsync(run, what,
            cancellationToken));
    }

    /// <summary>
    /// Puts back what was replaced; where it was not switched in, removes what was staged, and nothing of other restores.
    /// </summary>
    private static async Task<ChangeResult> TakeBackAsync(ChangeRun run, RestoreArguments what, CancellationToken cancellationToken)
    {
        PostgresServer server = await DatabaseServers.ResolveAsync(run.Context, what.Name, cancellationToken).ConfigureAwait(false);
        await using IKeeper keeper = await IKeeper.OpenAsync(run.Context, server, what.Kind, what.Tenant,
            cancellationToken).ConfigureAwait(false);
        if (await new PutBack(run, keeper,
            what.SwitchTimeout).TakeBackAsync(cancellationToken).ConfigureAwait(false) is { } back) return back;
        if (run.Undoes is { } ended) throw PutBack.NothingKept(ended, run.Plan.Target);
        string stage = what.Stage(run.Id, run.Context);
        bool isThere = (await keeper.ListAsync(cancellationToken).ConfigureAwait(false)).Exists(k => k.Name == stage);
        if (!isThere && run.HasBegun(Switch) && !run.HasBegun("undo-" + Remove))
        {
            if (ReplacedNothing(run))
                throw ChangeErrors.ChangeNotUndoable.Make($"The restore {run.Id} of {what.Words} had been switched in, where nothing was before.",
                    $"Resume-OpsChange {run.Id} records its end.", run.Id);
            string gone = $"Neither what the restore {run.Id} of {what.Words} had built nor what it replaced is there any more; nothing was changed";
            run.Context.Reporter.Warning($"{gone}. See what is live.");
            return new ChangeResult(gone);
        }
        await run.StepAsync(Remove, () => keeper.DropAsync(stage, cancellationToken)).ConfigureAwait(false);
        return new ChangeResult($"Undone: {stage} was removed");
    }

    /// <summary>Whether it had come to its switch where nothing was live.</summary>
    private static bool ReplacedNothing(ChangeRun run) => run.HasBegun(Switch) && run.Data.GetValueOrDefault("replaced") == "";

    /// <summary>The backup as a store has it now.</summary>
    private static async Task<BackupRecord> FindAsync(OpsContext context, RestoreArguments what, BackupPlace source,
        CancellationToken cancellationToken)
    {
        BackupRecord backup = await new BackupCatalog(context).FindAtAsync(source.Store, source.Key,
            cancellationToken).ConfigureAwait(false);
        return backup.Sha256 == source.Sha256 ? backup : throw new OpsException("BackupAltered", OpsErrorCategory.InvalidData,
            $"By its manifest, backup {what.Backup} in store {source.Store} has the SHA-256 {backup.Sha256}; it was planned with {source.Sha256}.",
            "Find out what changed the store, and plan anew.", backup);
    }

    /// <summary>What the first store that can be read says of it; stores that cannot are told when they are taken.</summary>
    private static async Task<string> Sha256Async(OpsContext context, RestoreArguments what, CancellationToken cancellationToken)
    {
        var catalog = new BackupCatalog(context);
        (string found, int at) = await new RestoreSources(SilentReporter.Instance).FirstAsync(what.Sources, s => s.Store, async source =>
            (await catalog.FindAtAsync(source.Store, source.Key, cancellationToken).ConfigureAwait(false)).Sha256).ConfigureAwait(false);
        return found == what.Sources[at].Sha256 ? what.Sources[0].Sha256 : found;
    }
}
