using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Areas.Services;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Environments.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Rollouts.Clusters;

/// <summary>What the steps of a workload's rollout do, and what they have seen.</summary>
internal sealed class WorkloadWork
{
    /// <summary>What the journal has of how it was: the number and the name of the revision, images, limits, the digest that ran.</summary>
    public const string WasRevision = "was-revision";

    private const string WasName = "was-name", WasImages = "was-images", WasImage = "was-image", WasLimits = "was-limits",
        WasDigest = "was-digest", None = "none";

    /// <summary>What the journal has of what this change has asked for, and of what it found: fingerprints under the
    /// key of the state folder, for specifications may hold secrets.</summary>
    private const string AskedTemplate = "asked-template", WasTemplate = "was-template";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly ChangeRun _run;

    public WorkloadWork(ChangeRun run, IWorkloadRollout rollout)
    {
        (_run, Rollout, Asked, Trail) = (run, rollout, WorkloadArguments.Of(run.Plan), new RolloutTrail(run));
    }

    public IWorkloadRollout Rollout { get; }

    public WorkloadArguments Asked { get; }

    public RolloutTrail Trail { get; }

    /// <summary>What is asked for, in words.</summary>
    public string Wish => Asked.Revision is { } revision ? $"the revision {revision}" : string.Join(", ", new[]
    {
        Asked.Edit!.Image, Asked.Edit.Memory is { } memory ? $"memory {memory}" : null, Asked.Edit.Cpu is { } cpu ? $"cpu {cpu}" : null,
    }.OfType<string>()) + $" (container {Asked.Edit!.Container})";

    /// <summary>True of an error that says nothing of the service: the cluster gave no answer.</summary>
    public static bool IsAway(OpsException error) => PatientQuestion.IsPassing(error, wasAway: false);

    public Task<WorkloadRecord> ReadAsync(CancellationToken cancellationToken) => Rollout.ReadAsync(Asked.Service, cancellationToken);

    /// <summary>What going back needs to know, as it is before anything is changed.</summary>
    public async Task<IReadOnlyDictionary<string, string>> NoteAsync(WorkloadRecord before, CancellationToken cancellationToken)
    {
        IReadOnlyList<WorkloadRevision> known = await Rollout.RevisionsAsync(before, cancellationToken).ConfigureAwait(false);
        WorkloadProgress now = await Rollout.LookAsync(Asked.Service, cancellationToken).ConfigureAwait(false);
        WorkloadRevision? current = known.FirstOrDefault(r => r.IsCurrent);
        return new Dictionary<string, string>
        {
            [WasRevision] = current?.Number.ToString(CultureInfo.InvariantCulture) ?? None, [WasName] = current?.Name ?? None,
            [WasImages] = before.Images, [WasImage] = ImageOf(before), [WasLimits] = WorkloadPlanner.Limits(before),
            [WasDigest] = now.Service.ImageDigest ?? None, [WasTemplate] = Fingerprint(before),
        };
    }

    /// <summary>Between the look that proved the plan and the lock, somebody else may have come first.</summary>
    /// <exception cref="OpsException"><c>WorkloadMoved</c>.</exception>
    public void RequirePlanned(WorkloadRecord before)
    {
        string[] moved = [.. WorkloadPlanner.Identify(before).Where(i =>
            _run.Plan.Identities.Any(p => p.Name == i.Name && p.Value != i.Value))
            .Select(i => $"{i.Name} is {i.Value}")];
        if (moved.Length > 0) throw Moved(string.Join("; ", moved));
    }

    /// <summary>Asks the cluster for what is planned.</summary>
    /// <exception cref="OpsException"><c>WorkloadMoved</c>, <c>RevisionGone</c>.</exception>
    public async Task<WorkloadRecord> AskAsync(WorkloadRecord before, CancellationToken cancellationToken)
    {
        if (!IsOurs(before) && !IsAsBefore(before)) throw Moved(before);
        WorkloadRecord asked = await AskAnewAsync(before, cancellationToken).ConfigureAwait(false);
        await _run.StepAsync("asked", () => Task.CompletedTask, new Dictionary<string, string> { [AskedTemplate] = Fingerprint(asked) })
            .ConfigureAwait(false);
        return asked;
    }

    private async Task<WorkloadRecord> AskAnewAsync(WorkloadRecord before, CancellationToken cancellationToken)
    {
        WorkloadNote note = Note(_run.Plan.Action, Asked.Reason);
        if (Asked.Edit is { } edit) return await Rollout.EditAsync(_run, before, edit, note, cancellationToken).ConfigureAwait(false);
        WorkloadRevision wanted = await FindAsync(before, Asked.Revision!, cancellationToken).ConfigureAwait(false)
            ?? throw WorkloadErrors.RevisionGone.Make(
                $"The cluster does not keep the revision {Asked.Revision} of {Asked.Service} any more.",
                "See which there are: Get-OpsServiceUpdate.", Asked.Service);
        return await Rollout.ReturnAsync(_run, before, wanted, note, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for what was there before, unless somebody else has asked for something else since.</summary>
    /// <exception cref="OpsException"><c>WorkloadMoved</c>, <c>RevisionGone</c>.</exception>
    public async Task<WorkloadRecord> ReturnAsync(string action, CancellationToken cancellationToken)
    {
        WorkloadRecord now = await ReadAsync(cancellationToken).ConfigureAwait(false);
        WorkloadRevision? before = await FindAsync(now, _run.Data[WasName], cancellationToken).ConfigureAwait(false);
        if (before is { IsCurrent: true }) return now;
        RequireOurs(now);
        WorkloadNote note = Note(action, $"going back from {Wish}");
        if (before is not null) return await Rollout.ReturnAsync(_run, now, before, note, cancellationToken).ConfigureAwait(false);
        if (Asked.Edit is not { Memory: null, Cpu: null } edit)
            throw WorkloadErrors.RevisionGone.Make(
                $"The cluster does not keep revision {_run.Data[WasRevision]} of {Asked.Service} any more (it keeps "
                + $"{now.RevisionLimit} older ones). It had {_run.Data[WasImages]}; limits: {_run.Data[WasLimits]}.",
                "Bring that out by hand: Update-OpsService, Set-OpsService.", Asked.Service);
        _run.Context.Reporter.Warning(
            $"The cluster does not keep revision {_run.Data[WasRevision]} any more: only the image of {edit.Container} is put back.");
        return await Rollout.EditAsync(_run, now, edit with { Image = _run.Data[WasImage] }, note, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends where what is asked for is neither what this change asked for nor what it found.</summary>
    /// <exception cref="OpsException"><c>WorkloadMoved</c>.</exception>
    public void RequireOurs(WorkloadRecord now)
    {
        if (!IsOurs(now)) throw Moved(now);
    }

    public async Task<WorkloadProgress> FollowAsync(string step, WorkloadRecord wanted, bool frees, CancellationToken cancellationToken,
        bool isBack = false)
    {
        WorkloadProgress? end = null;
        await Trail.StepAsync(step, async () =>
        {
            end = await (isBack ? Returning : Follower).FollowAsync(wanted, frees, cancellationToken).ConfigureAwait(false);
            return $"Revision {end.Workload.Revision}: {end.Words}.";
        }).ConfigureAwait(false);
        return end ?? await Rollout.LookAsync(Asked.Service, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What was seen of the new version beyond that the cluster calls it ready.</summary>
    public async Task<(RolloutOutcome Outcome, string? Words, WatchFigures Figures)> ProveAsync(WorkloadProgress end,
        CancellationToken cancellationToken)
    {
        var watch = new WorkloadWatch(_run, Follower, Asked);
        WatchFigures probed = new(0, 0, null), watched = probed;
        if (Asked.Probe is not null && end.New.Any(i => i.IsReady))
            await Trail.StepAsync("probe", async () =>
            {
                probed = await watch.ProbeAsync(end, cancellationToken).ConfigureAwait(false);
                return $"{probed.Requests} requests were answered well.";
            }).ConfigureAwait(false);
        if (Asked.Watch > TimeSpan.Zero)
            await Trail.StepAsync("watch", async () =>
            {
                watched = await watch.WatchAsync(end, cancellationToken).ConfigureAwait(false);
                return $"All stayed ready; {watched.Requests} requests, {watched.Failed} failed.";
            }).ConfigureAwait(false);
        string? unseen = Unseen(end, probed, watched);
        return (unseen is null ? RolloutOutcome.Done : RolloutOutcome.NotProven, unseen, Asked.Watch > TimeSpan.Zero ? watched : probed);
    }

    public RolloutResult Result(RolloutOutcome outcome, WorkloadProgress? end, NamespaceLock held, string? words, bool isBack = false)
    {
        string? was = _run.Data.GetValueOrDefault(WasImage), digest = Known(WasDigest);
        string? to = Asked.Edit?.Image ?? (end is null ? null : ImageOf(end.Workload));
        string[] digests = [.. (end?.New ?? []).Select(i => i.ImageDigest).OfType<string>().Distinct()];
        int? revision = Known(WasRevision) is { } number ? int.Parse(number, CultureInfo.InvariantCulture) : null;
        return new RolloutResult
        {
            Environment = _run.Context.Environment.Name, Service = Asked.Service, Outcome = outcome,
            Strategy = end?.Workload.Strategy == "Recreate" || end?.Workload.Kind is "StatefulSet" or "DaemonSet"
                ? RolloutStrategy.StopFirst : RolloutStrategy.StartFirst,
            Words = string.Join(" ", new[] { words, held.NotHeld }.OfType<string>()) is { Length: > 0 } said ? said : null,
            FromImage = isBack ? to : was, FromDigest = isBack ? null : digest, FromRevision = isBack ? null : revision,
            ToImage = isBack ? was : to, ToDigest = digests.Length == 1 && outcome != RolloutOutcome.RolledBack ? digests[0] : null,
            ToRevision = outcome == RolloutOutcome.RolledBack ? null : (int?)end?.Workload.Revision,
            Instances = end?.Service.Ready ?? 0, Seconds = Trail.Seconds, StartedAt = Trail.StartedAt, Change = _run.Id,
                Reason = Asked.Reason,
            Steps = Trail.Steps,
        };
    }

    private WorkloadFollower Follower => field ??= new WorkloadFollower(_run, Rollout, Asked.Service, Asked.Stall);

    /// <summary>Whoever is impatient with something new wants the old one back all the same.</summary>
    private WorkloadFollower Returning => field ??= new WorkloadFollower(_run, Rollout, Asked.Service,
        Asked.Stall > Patience ? Asked.Stall : Patience);

    /// <summary>What was not seen, in a sentence; null where the new version was seen serving.</summary>
    private string? Unseen(WorkloadProgress end, WatchFigures probed, WatchFigures watched)
    {
        if (end.Wanted == 0) return "No instance is wanted of it: that it works was not seen.";
        string[] digests = [.. end.New.Select(i => i.ImageDigest).OfType<string>().Distinct()];
        if (digests.Length > 1) return $"Its instances do not run the same image: {string.Join(", ", digests)}.";
        if (end.Workload.Partition > 0) return $"The partition {end.Workload.Partition} keeps {end.Old.Count} instances as they were.";
        if (Asked.Watch > TimeSpan.Zero && watched.Requests < Asked.MinRequests)
            return $"Only {watched.Requests} requests were counted while it was watched, of {Asked.MinRequests} that prove something.";
        return probed.Requests > 0 || watched.Requests > 0 || end.Workload.Containers.Any(c => c.IsProbed) ? null
            : "It has no readiness probe, and no -Probe was given: its instances run, and that they answer was not seen.";
    }

    private bool IsAsBefore(WorkloadRecord now) => _run.Data.TryGetValue(WasTemplate, out string? was) ? was == Fingerprint(now)
        : now.Images == (_run.Data.GetValueOrDefault(WasImages) ?? now.Images)
            && WorkloadPlanner.Limits(now) == (_run.Data.GetValueOrDefault(WasLimits) ?? WorkloadPlanner.Limits(now));

    /// <summary>True when it is what this change asked for, and nobody has changed anything of it since: by the note that the cluster has
    /// of it, or, where a later change has come back to it, by what the journal has.</summary>
    private bool IsOurs(WorkloadRecord now) => now.Change == (_run.Undoes ?? _run.Id)
        || (_run.Data.TryGetValue(AskedTemplate, out string? asked) && asked == Fingerprint(now));

    private string Fingerprint(WorkloadRecord workload) => RevisionKey.Of(_run.Context.Environment.StateDirectory)
        .Fingerprint(workload.Template);

    private async Task<WorkloadRevision?> FindAsync(WorkloadRecord now, string name, CancellationToken cancellationToken) =>
        (await Rollout.RevisionsAsync(now, cancellationToken).ConfigureAwait(false)).FirstOrDefault(r => r.Name == name);

    private string ImageOf(WorkloadRecord workload) => workload.Containers.FirstOrDefault(c => c.Name == Asked.Edit?.Container)?.Image
        ?? workload.Containers[0].Image;

    private string? Known(string key) => _run.Data.GetValueOrDefault(key) is { } value and not None ? value : null;

    private WorkloadNote Note(string action, string? reason) => new(_run.Id, $"{Actor.Current.User}@{Actor.Current.Host}",
        $"{action}: {Wish} (change {_run.Id} of {Actor.Current.User}@{Actor.Current.Host}){(reason is null ? "" : ": " + reason)}");

    private OpsException Moved(WorkloadRecord now) => Moved($"it asks for {now.Images}"
        + (now.ChangedBy is { } who ? $", and was changed last by {who}" : ""));

    private OpsException Moved(string what) => WorkloadErrors.WorkloadMoved.Make(
        $"{Asked.Service} is not as this change left it, and not as it found it: {what}. It is left to whoever changed it.",
        "Look at it (Get-OpsServiceUpdate), and make the change that you want.", Asked.Service);
}
