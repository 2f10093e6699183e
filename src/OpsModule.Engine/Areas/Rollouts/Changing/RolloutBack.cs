using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Orders;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Watching;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Brings the version before an update back: after a failure, and when somebody takes the change back. It goes the way of an
/// update.</summary>
internal sealed class RolloutBack(RolloutRun on)
{
    internal const string Begun = "back";

    private const string Why = "why", WhyId = "why-id", Known = "known";

    private readonly RolloutKeeper _keeper = new(on);

    /// <summary>True where what runs again was seen not to be well, or not seen to serve.</summary>
    private bool _unwell;

    /// <summary>After a failure: the old version serves again, and the failure is told. Killed here, the next run goes on here.</summary>
    /// <param name="failure">What failed; null where an earlier run has noted it.</param>
    /// <param name="ct">Ends it.</param>
    public async Task AfterFailureAsync(OpsException? failure, CancellationToken ct)
    {
        const string Prefix = "back-";
        var note = new Dictionary<string, string>();
        if (failure is not null)
        {
            on.Context.Reporter.Warning($"{on.Order.Service}: {failure.Message} The old version is brought back.");
            (note[Why], note[WhyId]) = (failure.Message, failure.ErrorId);
        }
        string? left;
        int instances;
        try
        {
            await on.NoteAsync(Begun, await NoteAsync(Prefix, note, ct).ConfigureAwait(false)).ConfigureAwait(false);
            await new RolloutStrangers(on).RefuseAsync(Images(), ct).ConfigureAwait(false);
            left = await RollAsync(Prefix, files: false, ct).ConfigureAwait(false);
            instances = (await on.ListAsync(ct).ConfigureAwait(false)).Count(i => i.Runs);
        }
        catch (OperationCanceledException e) when (ct.IsCancellationRequested) { throw ChangeRun.LeaveOpen(e); }
        // Whatever it is: without an end the change can be gone on with.
        catch (Exception e) { throw ChangeRun.LeaveOpen(NotBack(e)); }
        string id = on.Change.Data.GetValueOrDefault(WhyId) ?? RolloutErrors.RollbackFailed.Id,
            why = on.Change.Data.GetValueOrDefault(Why) ?? "It failed.";
        string now = on.Ran.Count == 0 ? "What was made is removed; nothing of it ran before."
            : $"The old version {(_unwell ? "runs" : "serves as before")}, as {on.Ran.Count} "
            + $"{(on.Ran.Count == 1 ? "instance" : "instances")}{(left is null ? "" : "; " + left)}.";
        RolloutResult result = RolloutOutcomes.Of(on, RolloutOutcome.RolledBack, [why, now], instances);
        throw new OpsException(id, failure?.Category ?? OpsErrorCategory.InvalidOperation, $"{why} {now}", failure?.RecommendedAction
            ?? "Mend what it says, then bring it out again.", result, failure);
    }

    /// <summary>Somebody takes the change back, finished or not.</summary>
    public async Task<ChangeResult> UndoAsync(CancellationToken ct)
    {
        // The change's own steps are told apart by the runner; what was known is noted with the first of these.
        const string Prefix = "roll-";
        // One that has the lock for this already has begun to bring other instances out.
        bool isAgain = (await on.Rolling.FindLockAsync(on.Order.Service, ct).ConfigureAwait(false))?.Change == on.Holder;
        var strangers = new RolloutStrangers(on);
        if (on.Change.Undoes is not null && !isAgain) await strangers.RefuseLaterAsync(ct).ConfigureAwait(false);
        await on.LockAsync("taken back", ct).ConfigureAwait(false);
        if (on.Change.Undoes is null && await strangers.FindAsync(Images(), ct).ConfigureAwait(false) is { Count: > 0 } found)
            return await CloseAsync(Prefix, found, ct).ConfigureAwait(false);
        await on.NoteAsync(Prefix + "look", await NoteAsync(Prefix, [], ct).ConfigureAwait(false)).ConfigureAwait(false);
        string? left = await RollAsync(Prefix, files: on.Change.Undoes is not null, ct).ConfigureAwait(false);
        int instances = (await on.ListAsync(ct).ConfigureAwait(false)).Count(i => i.Runs);
        RolloutResult result = RolloutOutcomes.Of(on, RolloutOutcome.RolledBack, left is null ? [] : [left + "."], instances);
        return new ChangeResult($"{on.Order.Service} is what it was before, as {instances} instances{(left is null ? "" : "; " + left)}",
            result);
    }

    /// <summary>Ends a change after which somebody else has brought something out: what runs is theirs.</summary>
    private async Task<ChangeResult> CloseAsync(string prefix, IReadOnlyList<InstanceFacts> found, CancellationToken ct)
    {
        await new RolloutMigration(on).ClearAsync(prefix, ct).ConfigureAwait(false);
        await on.FreeAsync(prefix + "unlock", ct).ConfigureAwait(false);
        string words = $"{RolloutStrangers.Show(found)} of {on.Order.Service} {(found.Count == 1 ? "was" : "were")} brought out by "
            + "somebody else since, so that nothing is taken back, and what runs is left as it is";
        on.Context.Reporter.Warning(words + ".");
        IReadOnlyList<InstanceFacts> there = await on.ListAsync(ct).ConfigureAwait(false);
        return new ChangeResult(words, RolloutOutcomes.Of(on, RolloutOutcome.Failed, [words + "."], there.Count(i => i.Runs)));
    }

    /// <summary>The ids of the images that this change works with.</summary>
    private string?[] Images() => [on.Change.Data.GetValueOrDefault(RolloutRun.ImageId), From()?.ImageId];

    private KeptRevision? From() => on.Order.From is { } number
        ? on.Store.List(on.Order.Service).FirstOrDefault(r => r.Shown.Revision == number) : null;

    private OpsException NotBack(Exception e) => RolloutErrors.RollbackFailed.Make(
        $"{on.Change.Data.GetValueOrDefault(Why)} And the old version of {on.Order.Service} could not be brought back: {e.Message}",
        e is OpsException known && RolloutErrors.ForeignInstances.Is(known) ? known.RecommendedAction!
            : $"See what runs (Get-OpsService {on.Order.Service}), mend what it says, then go on: Resume-OpsChange {on.Change.Id}.",
        on.Order.Service, e);

    /// <summary>All instances that are there as the way back begins: what comes after is made on the way back.</summary>
    private async Task<Dictionary<string, string>> NoteAsync(string prefix, Dictionary<string, string> note, CancellationToken ct)
    {
        if (!on.Change.Data.ContainsKey(prefix + Known))
            note[prefix + Known] = string.Join(' ', (await on.ListAsync(ct).ConfigureAwait(false)).Select(i => i.Id));
        return note;
    }

    private async Task<string?> RollAsync(string prefix, bool files, CancellationToken ct)
    {
        KeptRevision? from = From();
        InstanceModel now = await on.Rolling.ReadAsync(on.Order.Service, ct).ConfigureAwait(false);
        await on.StepAsync(prefix + "files", () =>
            Task.FromResult(on.Order.FilesFollow ? _keeper.RestoreFollowed()
                : files && from is not null ? _keeper.Restore(from) : _keeper.RestoreOwn())).ConfigureAwait(false);
        await on.StepAsync(prefix + "name", () => _keeper.GiveNameBackAsync(ct)).ConfigureAwait(false);
        await new InstanceRoller(on, SideOf(prefix, from, now)).RunAsync(ct).ConfigureAwait(false);
        var migration = new RolloutMigration(on);
        string? left = await migration.UndoAsync(prefix, (count, _) => Task.FromResult(new InstanceMaking(now, count)
        {
            Image = on.Order.Override, ImageId = on.Change.Data.GetValueOrDefault(RolloutRun.ImageId) ?? "", Folder = on.Folder,
        }), ct).ConfigureAwait(false);
        left = Both(left, await UnwellAsync(ct).ConfigureAwait(false));
        await on.StepAsync(prefix + "record", () => RecordAsync(from, ct)).ConfigureAwait(false);
        await migration.ClearAsync(prefix, ct).ConfigureAwait(false);
        await on.FreeAsync(prefix + "unlock", ct).ConfigureAwait(false);
        return left;
    }

    /// <summary>Those that ran before stay, and those that are made on the way back; what had ended before is left as it is, and what
    /// this change has made goes.</summary>
    private RollSide SideOf(string prefix, KeptRevision? from, InstanceModel now)
    {
        HashSet<string> ran = [.. on.Ran], known = [.. on.Ids(prefix + Known)], idle = [.. on.Ids(RolloutRun.Idle)];
        string? made = on.Change.Data.GetValueOrDefault(RolloutRun.ImageId);
        return new RollSide
        {
            Prefix = prefix, IsBack = true, Wanted = ran.Count,
            IsOwn = i => ran.Contains(i.Id) || (!known.Contains(i.Id) && i.ImageId == from?.ImageId),
            IsApart = i => idle.Contains(i.Id) || (!known.Contains(i.Id) && i.ImageId != made && i.ImageId != from?.ImageId),
            // What has served since may have filled its nameless volumes: those of a finished change stay.
            IsMadeHere = i => on.Change.Undoes is null && i.ImageId == made && !ran.Contains(i.Id),
            Making = (count, token) => _keeper.MakingOfAsync(from ?? throw Gone(), count, token), Model = from?.Model ?? now, Other = now,
        };
    }

    /// <summary>What runs again, and whose own health check does not pass, or of which no good answer came through the proxy; null for
    /// none. It is what there is to go back to.</summary>
    private async Task<string?> UnwellAsync(CancellationToken ct)
    {
        var wait = new InstanceWait(on);
        string? words = null;
        foreach (InstanceFacts instance in (await on.ListAsync(ct).ConfigureAwait(false)).Where(i => i.Runs))
        {
            if (await wait.AskAsync(instance, null, fresh: true, ct).ConfigureAwait(false) is (false, var why))
                words = Both(words, $"{instance} runs, and {why}");
            words = Both(words, await UnseenAsync(instance, ct).ConfigureAwait(false));
        }
        _unwell = words is not null;
        return words;
    }

    /// <summary>What the proxy was not seen to bring from an instance; null where it was, and without a proxy. A run that goes on after a
    /// kill has seen nothing yet, and looks itself.</summary>
    private async Task<string?> UnseenAsync(InstanceFacts instance, CancellationToken ct)
    {
        if (!on.Proxy.IsThere) return null;
        if (!on.Proxy.HasServed(instance.Id) && on.Proxy.UnprovenOf(instance.Id) is null && on.Proxy.FailureOf(instance.Id) is null)
        {
            try { await on.Proxy.ProveAsync(instance, ct).ConfigureAwait(false); }
            catch (OpsException e) { return on.Proxy.UnprovenOf(instance.Id) ?? e.Message.TrimEnd('.'); }
        }
        return on.Proxy.UnprovenOf(instance.Id) ?? on.Proxy.FailureOf(instance.Id);
    }

    private static string? Both(string? one, string? other) => one is null ? other : other is null ? one : $"{one}; {other}";

    /// <summary>What was made again belongs to the revision that it was made of.</summary>
    private async Task<string> RecordAsync(KeptRevision? from, CancellationToken ct)
    {
        if (from is null) return "";
        string[] ids = [.. (await on.ListAsync(ct).ConfigureAwait(false)).Where(i => i.Runs).Select(i => i.Id)];
        if (!ids.All(from.Instances.Contains)) on.Store.Keep(@from with { Instances = [.. from.Instances.Union(ids)] });
        return "";
    }

    private OpsException Gone() => RolloutErrors.RevisionNotFound.Make($"Instances of {on.Order.Service} as they were have to be made, "
        + $"and revision {on.Order.From} is not kept any more.",
        "Bring the version that you want out with Update-OpsService -Image.", on.Order.Service);
}
