using System.Globalization;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Orders;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Areas.Rollouts.Watching;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Makes an update: lock, image, what runs is kept, instance by instance, watch, revision.</summary>
internal sealed class RolloutForward(RolloutRun on)
{
    private readonly RolloutKeeper _keeper = new(on);
    private bool _isProven = true;

    public async Task<ChangeResult> RunAsync(CancellationToken ct)
    {
        await BeginAsync(ct).ConfigureAwait(false);
        OpsException? failure = null;
        if (!on.Change.HasBegun(RolloutBack.Begun))
        {
            try { return await MakeAsync(ct).ConfigureAwait(false); }
            // What stands is told by the next run, which goes on with it or takes it back.
            catch (OperationCanceledException e) when (ct.IsCancellationRequested) { throw ChangeRun.LeaveOpen(e); }
            catch (OpsException e) when (RolloutFailure.IsAway(e)) { throw ChangeRun.LeaveOpen(e); }
            catch (Exception e) when (RolloutFailure.Of(e) is not null) { failure = RolloutFailure.Of(e); }
        }
        await new RolloutBack(on).AfterFailureAsync(failure, ct).ConfigureAwait(false);
        throw new InvalidOperationException("A failure ends by itself.");
    }

    /// <summary>Takes the lock on the platform, and notes what is there: nobody else brings anything out from then on.</summary>
    private async Task BeginAsync(CancellationToken ct)
    {
        bool isFirst = !on.IsGoneOnWith;
        try
        {
            await on.LockAsync("done", ct).ConfigureAwait(false);
            if (isFirst) await NoteAsync(ct).ConfigureAwait(false);
        }
        catch (OpsException e) when (isFirst && (RolloutErrors.RolloutUnderWay.Is(e) || ChangeErrors.DriftDetected.Is(e))) { throw; }
        // The lock may have been taken even where no answer came: the change stays open, and Undo-OpsChange gives it back.
        catch (OperationCanceledException e) when (ct.IsCancellationRequested) { throw ChangeRun.LeaveOpen(e); }
        catch (OpsException e) { throw ChangeRun.LeaveOpen(e); }
    }

    private async Task NoteAsync(CancellationToken ct)
    {
        IReadOnlyList<InstanceFacts> there = await on.ListAsync(ct).ConfigureAwait(false);
        PlanIdentity now = RolloutPlanner.IdentityOf(on.Order, there);
        // Between the plan's proof and the lock another change may have come to its end.
        if (on.Change.Plan.Identities.FirstOrDefault(i => i.Name == now.Name) is { } planned && planned.Value != now.Value)
        {
            await on.UnlockAsync(ct).ConfigureAwait(false);
            throw ChangeErrors.DriftDetected.Make(
                $"Things have changed since this was planned: {now.Name} was {planned.Value} and is {now.Value}. Nothing was done.",
                "Look at what has changed, and plan anew.", on.Change.Plan.Target);
        }
        var note = new Dictionary<string, string>
        {
            [RolloutRun.Before] = string.Join(' ', there.Where(i => i.Runs).Select(i => i.Id)),
            [RolloutRun.Idle] = string.Join(' ', there.Where(i => !i.Runs).Select(i => i.Id)),
        };
        if (there.Count > 0) note[RolloutRun.Wanted] = InstanceCount.Wanted(there, 0).ToString(CultureInfo.InvariantCulture);
        await on.NoteAsync("look", note).ConfigureAwait(false);
    }

    private async Task<ChangeResult> MakeAsync(CancellationToken ct)
    {
        await PullAsync(ct).ConfigureAwait(false);
        string imageId = on.Change.Data[RolloutRun.ImageId];
        await RefuseStrangersAsync(imageId, ct).ConfigureAwait(false);
        await on.StepAsync("keep", () => _keeper.KeepAsync(ct)).ConfigureAwait(false);
        KeptRevision? back = on.Order.Back is { } number ? on.Store.Find(on.Order.Service, number) : null;
        if (back is not null) await on.StepAsync("files", () => Task.FromResult(_keeper.Restore(back))).ConfigureAwait(false);
        InstanceModel model = back?.Model ?? await on.Rolling.ReadAsync(on.Order.Service, ct).ConfigureAwait(false);
        InstanceModel other = on.Order.From is { } from ? on.Store.Find(on.Order.Service, from).Model : model;
        Func<int, CancellationToken, Task<InstanceMaking>> making = back is null
            ? (count, token) => _keeper.OfFilesAsync(Making(model, count), token)
            : (count, token) => _keeper.MakingOfAsync(back, count, token);
        var migration = new RolloutMigration(on);
        await migration.RunAsync(before: true, making, ct).ConfigureAwait(false);
        await ClearAsync(ct).ConfigureAwait(false);
        int wanted = on.Change.Data.TryGetValue(RolloutRun.Wanted, out string? noted) ? int.Parse(noted, CultureInfo.InvariantCulture)
            : model.Replicas;
        HashSet<string> old = on.Old;
        var watch = new RolloutWatch(on);
        bool IsOwn(InstanceFacts instance) => !old.Contains(instance.Id) && instance.ImageId == imageId;
        async Task WatchAsync(CancellationToken token) => await watch.RunOnceAsync([.. (await on.ListAsync(token).ConfigureAwait(false))
            .Where(IsOwn)], token).ConfigureAwait(false);
        await watch.BeginAsync(ct).ConfigureAwait(false);
        await new InstanceRoller(on, new RollSide
        {
            Wanted = wanted, IsOwn = IsOwn, IsApart = i => !old.Contains(i.Id) && i.ImageId != imageId, Making = making, Model = model,
            Other = other, BeforeGoing = watch.NoteOldAsync, BeforeDrain = WatchAsync,
        }).RunAsync(ct).ConfigureAwait(false);
        await migration.RunAsync(before: false, making, ct).ConfigureAwait(false);
        await WatchAsync(ct).ConfigureAwait(false);
        return await EndAsync(model, making, wanted, watch.Result, ct).ConfigureAwait(false);
    }

    /// <summary>In a run that goes on with another one: the lock may have been somebody else's in between.</summary>
    private async Task RefuseStrangersAsync(string imageId, CancellationToken ct)
    {
        try { await new RolloutStrangers(on).RefuseAsync([imageId], ct).ConfigureAwait(false); }
        catch (OpsException e) when (RolloutErrors.ForeignInstances.Is(e)) { throw ChangeRun.LeaveOpen(e); }
    }

    private async Task PullAsync(CancellationToken ct)
    {
        if (on.Order.Pull is { } pull)
            await on.StepAsync("pull", async () =>
            {
                await on.Rolling.PullAsync(on.Change, pull, ct).ConfigureAwait(false);
                return $"{pull} is here";
            }, await _keeper.NoteNameAsync(pull, ct).ConfigureAwait(false)).ConfigureAwait(false);
        EngineFacts engine = await on.Rolling.ReadEngineAsync(ct).ConfigureAwait(false);
        ImageFacts image = await on.Rolling.FindImageAsync(IdOf(), ct).ConfigureAwait(false)
            ?? throw RolloutErrors.ImageChanged.Make($"The image {on.Order.Image} ({IdOf()}) is not there any more.",
                "Bring it back, and run the command again.", on.Order.Service);
        // Not every registry says what an image is for.
        var target = new ImageTarget(on.Order.Image, image.Id, on.Order.Digest, null,
            null) { Platforms = [$"{image.Os}/{image.Architecture}"] };
        if (RolloutChecks.OfImage(on.Order.Service, target, engine, null).FirstOrDefault(f =>
            f.Effect == RolloutEffect.Refused) is { } wrong)
            throw RolloutErrors.ImageOfOtherArchitecture.Make(wrong.Words, wrong.Remedy!, on.Order.Service);
        if (!on.Change.Data.ContainsKey(RolloutRun.ImageId))
            await on.NoteAsync("image", new Dictionary<string, string> { [RolloutRun.ImageId] = image.Id }).ConfigureAwait(false);
    }

    private string IdOf() => on.Change.Data.GetValueOrDefault(RolloutRun.ImageId)
        ?? (on.Order.Pull is { } pull && ImageReference.Parse(pull) is var parts ? $"{parts.Repository}@{parts.Digest}" : on.Order.ImageId
        ?? on.Order.Image);

    private InstanceMaking Making(InstanceModel model, int count) =>
        new(model, count) { Image = on.Order.Override, ImageId = on.Change.Data[RolloutRun.ImageId], Folder = on.Folder };

    /// <summary>Instances that ended long ago serve nobody; beside others that run they would only be counted.</summary>
    private Task ClearAsync(CancellationToken ct) => on.Ran.Count == 0 || on.Ids(RolloutRun.Idle).Count == 0 ? Task.CompletedTask
        : on.StepAsync("clear", async () =>
    {
        foreach (string id in on.Ids(RolloutRun.Idle)) await on.Rolling.RemoveAsync(on.Change, id, volumes: false,
            ct).ConfigureAwait(false);
        return $"{on.Ids(RolloutRun.Idle).Count} that had ended are removed";
    });

    /// <summary>Looks once more at what serves, keeps it as a revision, and gives the lock back.</summary>
    private async Task<ChangeResult> EndAsync(InstanceModel model, Func<int, CancellationToken, Task<InstanceMaking>> making, int wanted,
        WatchResult? watched, CancellationToken ct)
    {
        IReadOnlyList<InstanceFacts> all = await on.ListAsync(ct).ConfigureAwait(false);
        string imageId = on.Change.Data[RolloutRun.ImageId];
        var words = new List<string>();
        if (on.Order.Words is { } why) words.Add("Old instances stopped first: " + why);
        if (all.Count != wanted || all.Any(i => i.ImageId != imageId))
            words.Add($"{all.Count} instances are there, {all.Count(i => i.ImageId == imageId)} of them of {on.Order.Image}, and "
                + $"{wanted} were to be: somebody else has made or removed some.");
        var wait = new InstanceWait(on);
        foreach (InstanceFacts instance in all.Where(i => i.ImageId == imageId))
        {
            (bool proven, string seen) = await wait.ReadyAsync(instance.Id, fresh: true, ct).ConfigureAwait(false);
            if (!proven && !on.Proxy.HasServed(instance.Id)) words.Add(seen + ".");
            string? strange = RolloutKeeper.StrangeOf(model, instance);
            if (strange is not null) words.Add(strange);
            _isProven &= strange is null;
            if (on.Proxy.FailureOf(instance.Id) is { } failing) words.Add(failing + ".");
            _isProven &= (proven || on.Proxy.HasServed(instance.Id)) && on.Proxy.FailureOf(instance.Id) is null;
        }
        if (watched is { IsProven: false }) words.Add(watched.Words + ".");
        _isProven &= watched?.IsProven is not false && all.Count == wanted && all.All(i => i.ImageId == imageId);
        await on.StepAsync("record", async () => await _keeper.RecordAsync(model, await making(1, ct).ConfigureAwait(false), all,
            ct).ConfigureAwait(false)).ConfigureAwait(false);
        await on.FreeAsync("unlock", ct).ConfigureAwait(false);
        RolloutResult result = RolloutOutcomes.Of(on, _isProven ? RolloutOutcome.Done : RolloutOutcome.NotProven, words,
            all.Count(i => i.Runs), watched);
        return new ChangeResult($"{on.Order.Image} serves as {all.Count(i => i.Runs)} instances, revision "
            + $"{on.Order.Revision}{(_isProven ? "" : "; not proven: " + string.Join(" ", words))}", result);
    }
}
