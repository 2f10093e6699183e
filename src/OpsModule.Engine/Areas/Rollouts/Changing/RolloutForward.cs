using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Watching;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>Makes an update: lock, image, what runs is kept, instance by instance, watch, revision.</summary>
internal sealed class RolloutForward(RolloutRun on)
{
    /// <summary>What a platform that is away for a while is known by: then nothing can be taken back either.</summary>
    private static readonly string[] Away = ["EngineUnreachable", "EngineDenied"];

    private readonly RolloutKeeper _keeper = new(on);
    private WatchResult? _watched;
    private bool _isProven = true;

    public async Task<ChangeResult> RunAsync(CancellationToken ct)
    {
        if (!on.Change.HasBegun(RolloutBack.Begun))
        {
            await LockAsync(ct).ConfigureAwait(false);
            try { return await MakeAsync(ct).ConfigureAwait(false); }
            // What stands is told by the next run, which goes on with it or takes it back.
            catch (OperationCanceledException e) when (ct.IsCancellationRequested) { throw ChangeRun.LeaveOpen(e); }
            catch (OpsException e) when (Away.Contains(e.ErrorId)) { throw ChangeRun.LeaveOpen(e); }
            catch (OpsException e) { await new RolloutBack(on).AfterFailureAsync(e, ct).ConfigureAwait(false); }
            catch (IOException e) { await new RolloutBack(on).AfterFailureAsync(Unwritable(e), ct).ConfigureAwait(false); }
            throw new InvalidOperationException("A failure ends by itself.");
        }
        await new RolloutBack(on).AfterFailureAsync(null, ct).ConfigureAwait(false);
        throw new InvalidOperationException("A failure ends by itself.");
    }

    private static OpsException Unwritable(IOException e) =>
        RolloutErrors.RevisionUnreadable.Make($"The state folder cannot be written: {e.Message.TrimEnd('.')}.",
        "Make room there, or mend its rights.", null, e);

    /// <summary>Takes the lock on the platform; what the instances were before is noted with it.</summary>
    private async Task LockAsync(CancellationToken ct)
    {
        var note = new Dictionary<string, string>();
        if (!on.Change.Data.ContainsKey(RolloutRun.Before))
        {
            IReadOnlyList<InstanceFacts> there = await on.ListAsync(ct).ConfigureAwait(false);
            note[RolloutRun.Before] = string.Join(' ', there.Where(i => i.Runs).Select(i => i.Id));
            note[RolloutRun.Idle] = string.Join(' ', there.Where(i => !i.Runs).Select(i => i.Id));
        }
        await on.LockAsync("done", note, ct).ConfigureAwait(false);
    }

    private async Task<ChangeResult> MakeAsync(CancellationToken ct)
    {
        await PullAsync(ct).ConfigureAwait(false);
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
        int wanted = on.Ran.Count > 0 ? on.Ran.Count : Math.Max(1, on.Ids(RolloutRun.Idle).Count > 0 ? on.Ids(RolloutRun.Idle).Count
            : model.Replicas);
        HashSet<string> old = [.. on.Ran, .. on.Ids(RolloutRun.Idle)];
        await new InstanceRoller(on, new RollSide
        {
            Wanted = wanted, IsOwn = id => !old.Contains(id), IsNew = _ => true, Making = making, Model = model, Other = other,
            BeforeDrain = token => WatchAsync(old, token),
        }).RunAsync(ct).ConfigureAwait(false);
        await migration.RunAsync(before: false, making, ct).ConfigureAwait(false);
        if (on.Order.Strategy != RolloutStrategy.BlueGreen) await WatchAsync(old, ct).ConfigureAwait(false);
        return await EndAsync(model, making, wanted, ct).ConfigureAwait(false);
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
            await on.StepAsync("image", () => Task.FromResult(""), new Dictionary<string,
                string> { [RolloutRun.ImageId] = image.Id }).ConfigureAwait(false);
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

    private async Task<IReadOnlyList<InstanceFacts>> OwnAsync(HashSet<string> old, CancellationToken ct) =>
        [.. (await on.ListAsync(ct).ConfigureAwait(false)).Where(i => !old.Contains(i.Id))];

    private Task WatchAsync(HashSet<string> old, CancellationToken ct) => on.Order.Watch <= TimeSpan.Zero ? Task.CompletedTask
        : on.StepAsync("watch", async () =>
    {
        _watched = await new RolloutWatch(on).RunAsync(await OwnAsync(old, ct).ConfigureAwait(false), ct).ConfigureAwait(false);
        return _watched.Words;
    });

    /// <summary>Looks once more at what serves, keeps it as a revision, and gives the lock back.</summary>
    private async Task<ChangeResult> EndAsync(InstanceModel model, Func<int, CancellationToken, Task<InstanceMaking>> making, int wanted,
        CancellationToken ct)
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
            (bool proven, string seen) = await wait.ReadyAsync(instance.Id, isNew: false, ct).ConfigureAwait(false);
            if (!proven && !on.Proxy.HasServed(instance.Id)) words.Add(seen + ".");
            string? strange = RolloutKeeper.StrangeOf(model, instance);
            if (strange is not null) words.Add(strange);
            _isProven &= strange is null;
            if (on.Proxy.FailureOf(instance.Id) is { } failing) words.Add(failing + ".");
            _isProven &= (proven || on.Proxy.HasServed(instance.Id)) && on.Proxy.FailureOf(instance.Id) is null;
        }
        if (_watched is { IsProven: false } watched) words.Add(watched.Words + ".");
        _isProven &= _watched?.IsProven is not false && all.Count == wanted && all.All(i => i.ImageId == imageId);
        await on.StepAsync("record", async () => await _keeper.RecordAsync(model, await making(1, ct).ConfigureAwait(false), all,
            ct).ConfigureAwait(false)).ConfigureAwait(false);
        await on.StepAsync("unlock", async () =>
        {
            await on.Rolling.UnlockAsync(on.Change, on.Order.Service, on.Change.Id, ct).ConfigureAwait(false);
            return "";
        }).ConfigureAwait(false);
        RolloutResult result = RolloutOutcomes.Of(on, _isProven ? RolloutOutcome.Done : RolloutOutcome.NotProven, words,
            all.Count(i => i.Runs), _watched);
        return new ChangeResult($"{on.Order.Image} serves as {all.Count(i => i.Runs)} instances, revision "
            + $"{on.Order.Revision}{(_isProven ? "" : "; not proven: " + string.Join(" ", words))}", result);
    }
}
