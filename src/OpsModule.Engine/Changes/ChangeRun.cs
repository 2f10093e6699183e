using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Changes;

namespace OpsModule.Engine.Changes;

/// <summary>A change under way: locked, in the journal, and the scope that whatever is operated asks for.</summary>
public sealed class ChangeRun : ChangeScope
{
    /// <summary>What a step's second line in the journal is called: it ended.</summary>
    public const string EndOfStep = "-done";

    private readonly IJournaledChange _journal;
    private readonly Dictionary<string, string> _data;
    private readonly HashSet<string> _reached;
    private readonly string _prefix;

    internal ChangeRun(OpsContext context, ChangePlan plan, IJournaledChange journal, IReadOnlyDictionary<string, string>? data = null, IEnumerable<string>? reached = null, string prefix = "")
    {
        (Context, Plan, _journal, _prefix) = (context, plan, journal, prefix);
        _data = new Dictionary<string, string>(data ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        _reached = [.. reached ?? []];
    }

    /// <inheritdoc/>
    public override string Id => _journal.Id;

    /// <summary>What is to be done.</summary>
    public ChangePlan Plan { get; }

    /// <summary>The change that had ended well and is taken back by this one; null when a change is made, or one without an end taken back.</summary>
    public string? Undoes { get; init; }

    /// <summary>The environment and what goes with it.</summary>
    public OpsContext Context { get; }

    /// <summary>What the steps so far have noted, in this run or in the one that it goes on with.</summary>
    public IReadOnlyDictionary<string, string> Data => _data;

    /// <summary>True for a step that was finished, here or in the run that this one goes on with.</summary>
    public bool IsDone(string step) => _reached.Contains(_prefix + step + EndOfStep);

    /// <summary>True for a step of the change itself that was begun in the run that this one goes on with, or takes back.</summary>
    public bool HasBegun(string step) => _reached.Contains(step);

    /// <summary>
    /// Does one thing: it is in the journal before it is done, and once more when it is done. A step that was finished before is passed over.
    /// </summary>
    /// <param name="name">The step, in kebab-case.</param>
    /// <param name="body">Does it. After a kill it may be called again and must find out how far it came.</param>
    /// <param name="data">What resuming or undoing needs to know. Never a secret.</param>
    public async Task StepAsync(string name, Func<Task> body, IReadOnlyDictionary<string, string>? data = null)
    {
        if (IsDone(name)) return;
        // How things were when it began: what a run after a kill finds is half done.
        var noted = (data ?? new Dictionary<string, string>()).Where(d => !_data.ContainsKey(d.Key)).ToDictionary(d => d.Key, d => d.Value);
        await _journal.StepAsync(_prefix + name, noted).ConfigureAwait(false);
        foreach ((string key, string value) in noted) _data[key] = value;
        await body().ConfigureAwait(false);
        await _journal.StepAsync(_prefix + name + EndOfStep).ConfigureAwait(false);
        _reached.Add(_prefix + name + EndOfStep);
    }

    /// <summary>Notes a point inside of a step, for people: a step that is done anew passes over nothing.</summary>
    public Task ReachAsync(string point) => _journal.StepAsync(_prefix + point);

    /// <summary>
    /// What to throw when a run ends and the change is to stay without an end: what it has built is kept, for Resume-OpsChange and Undo-OpsChange.
    /// </summary>
    /// <param name="cause">What ended it, which is told.</param>
    public static Exception LeaveOpen(Exception cause) => new ChangeLeftOpenException(cause);

    /// <summary>
    /// Ends this run and leaves the change waiting: <c>Resume-OpsChange -Due</c> goes on from here once the time has come.
    /// </summary>
    /// <param name="until">When, UTC.</param>
    /// <param name="why">What it waits for, in a sentence.</param>
    public void WaitUntil(DateTimeOffset until, string why)
    {
        if (Context.Time.GetUtcNow() < until) throw new ChangeWaitException(until, why);
    }
}

/// <summary>Carries a change that is to stay without an end out of its steps.</summary>
internal sealed class ChangeLeftOpenException(Exception cause) : Exception(cause.Message, cause);

/// <summary>Carries a change that waits out of its steps.</summary>
internal sealed class ChangeWaitException(DateTimeOffset until, string why) : Exception(why)
{
    public DateTimeOffset Until { get; } = until;
}
