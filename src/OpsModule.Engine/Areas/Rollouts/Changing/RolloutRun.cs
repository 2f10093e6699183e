using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Surveying;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;

namespace OpsModule.Engine.Areas.Rollouts.Changing;

/// <summary>What the parts of one update have in common while it is made: the change, the platform, the steps so far.</summary>
internal sealed class RolloutRun
{
    internal const string Before = "before", Idle = "idle", ImageId = "image-id";

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

    /// <summary>The instances that ran when it began, by their ids.</summary>
    public IReadOnlyList<string> Ran => Ids(Before);

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

    /// <summary>Takes the lock on the platform, which the same change may have already.</summary>
    /// <param name="whatNot">What was not done where another one has it, in words.</param>
    /// <param name="note">What is noted with the step.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="Foundations.Errors.OpsException"><c>RolloutUnderWay</c>.</exception>
    public Task LockAsync(string whatNot, IReadOnlyDictionary<string, string> note, CancellationToken ct) => StepAsync("lock", async () =>
    {
        var holder = new RolloutHolder(Change.Id, Actor.Current.User, Actor.Current.Host, Context.Time.GetUtcNow());
        if (await Rolling.TryLockAsync(Change, Order.Service, holder, ct).ConfigureAwait(false) is { } other)
            throw RolloutErrors.RolloutUnderWay.Make($"{Order.Service} is being brought out by {other}. Nothing was {whatNot}.",
                RolloutSurveyor.HolderAdvice(other), Order.Service);
        return "";
    }, note);

    /// <summary>The files of a service that name its image lie there.</summary>
    public string Folder => Store.FolderOf(Order.Service);
}
