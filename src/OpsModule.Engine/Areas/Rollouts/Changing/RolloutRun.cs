using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Orders;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>What the parts of one update have in common while it is made: the change, the platform, the steps so far.</summary>
internal sealed class RolloutRun
{
    internal const string Before = "before", Idle = "idle", ImageId = "image-id", Wanted = "wanted";
    internal const string LockStep = "lock";

    private readonly List<RolloutStep> _steps = [];
    private readonly long _start;

    public RolloutRun(ChangeRun change, RolloutOrder order, IInstanceRollout rolling)
    {
        (Change, Order, Rolling, Store) = (change, order, rolling, new RevisionStore(change.Context));
        (_start, StartedAt) = (change.Context.Time.GetTimestamp(), change.Context.Time.GetUtcNow());
        Proxy = new RolloutProxy(this);
    }

    public ChangeRun Change { get; }

    public OpsContext Context => Change.Context;

    public RolloutOrder Order { get; }

    public IInstanceRollout Rolling { get; }

    public RevisionStore Store { get; }

    public RolloutProxy Proxy { get; }

    public DateTimeOffset StartedAt { get; }

    public IReadOnlyList<RolloutStep> Steps => _steps;

    public double Seconds => Context.Time.GetElapsedTime(_start).TotalSeconds;

    /// <summary>
    /// The change that the lock is of. Taking a finished change back is one of its own in the journal, and each further try of it is
    /// another one: all of them have the lock for the change that they take back.
    /// </summary>
    public string Holder => Change.Undoes ?? Change.Id;

    /// <summary>True where a run before this one has begun.</summary>
    public bool IsGoneOnWith => Change.Data.ContainsKey(Before);

    /// <summary>The instances that ran when it began, by their ids.</summary>
    public IReadOnlyList<string> Ran => Ids(Before);

    /// <summary>All instances that were there when it began, whether they ran or not, by their ids.</summary>
    public HashSet<string> Old => [.. Ran, .. Ids(Idle)];

    /// <summary>Ids that a step has noted.</summary>
    public IReadOnlyList<string> Ids(string key) =>
        Change.Data.GetValueOrDefault(key, "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public Task<IReadOnlyList<InstanceFacts>> ListAsync(CancellationToken ct) => Rolling.ListAsync(Order.Service, ct);

    /// <summary>Does a step, which says in words what it did.</summary>
    public async Task StepAsync(string name, Func<Task<string>> body, IReadOnlyDictionary<string, string>? data = null)
    {
        if (Change.IsDone(name)) return;
        long start = Context.Time.GetTimestamp();
        string words = "";
        await Change.StepAsync(name, async () => words = await body().ConfigureAwait(false), data).ConfigureAwait(false);
        if (words.Length == 0) return;
        _steps.Add(new RolloutStep(name, words, Context.Time.GetUtcNow(), Math.Round(Context.Time.GetElapsedTime(start).TotalSeconds, 3)));
        Context.Reporter.Verbose($"{Order.Service}: {words}");
    }

    /// <summary>Notes what later runs need to know, as a step of its own.</summary>
    public Task NoteAsync(string name, IReadOnlyDictionary<string, string> data) => StepAsync(name, () => Task.FromResult(""), data);

    /// <summary>Takes the lock on the platform, which the same change may have already. Each run does: it may have been removed
    /// since.</summary>
    /// <param name="whatNot">What was not done where another one has it, in words.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="Foundations.Errors.OpsException"><c>RolloutUnderWay</c>.</exception>
    public async Task LockAsync(string whatNot, CancellationToken ct)
    {
        if (Change.IsDone(LockStep)) await TakeAsync(whatNot, ct).ConfigureAwait(false);
        else await StepAsync(LockStep, () => TakeAsync(whatNot, ct)).ConfigureAwait(false);
        // What makes instances goes on after a kill of ours, and would be counted in the middle of it.
        if (IsGoneOnWith) await Rolling.SettleAsync(Order.Service, ct).ConfigureAwait(false);
    }

    /// <summary>Gives the lock back.</summary>
    public async Task<string> UnlockAsync(CancellationToken ct)
    {
        await Rolling.UnlockAsync(Change, Order.Service, Holder, ct).ConfigureAwait(false);
        return "";
    }

    /// <summary>Gives the lock back as a step. A run that goes on has taken it anew, whatever an earlier one has noted.</summary>
    public async Task FreeAsync(string step, CancellationToken ct)
    {
        if (Change.IsDone(step)) await UnlockAsync(ct).ConfigureAwait(false);
        else await StepAsync(step, () => UnlockAsync(ct)).ConfigureAwait(false);
    }

    private async Task<string> TakeAsync(string whatNot, CancellationToken ct)
    {
        var holder = new RolloutHolder(Holder, Actor.Current.User, Actor.Current.Host, Context.Time.GetUtcNow());
        if (await Rolling.TryLockAsync(Change, Order.Service, holder, ct).ConfigureAwait(false) is { } other)
            throw RolloutErrors.RolloutUnderWay.Make($"{Order.Service} is being brought out by {other}. Nothing was {whatNot}.",
                RolloutSurveyor.HolderAdvice(other), Order.Service);
        return "";
    }

    /// <summary>The files of a service that name its image lie there.</summary>
    public string Folder => Store.FolderOf(Order.Service);
}
