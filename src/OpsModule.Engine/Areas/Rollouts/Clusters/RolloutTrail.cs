using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Rollouts.Clusters;

/// <summary>The steps of a rollout with their times, for its result.</summary>
internal sealed class RolloutTrail(ChangeRun run)
{
    private readonly List<RolloutStep> _steps = [];
    private readonly long _start = run.Context.Time.GetTimestamp();

    /// <summary>When it began, or was gone on with.</summary>
    public DateTimeOffset StartedAt { get; } = run.Context.Time.GetUtcNow();

    /// <summary>The steps so far.</summary>
    public IReadOnlyList<RolloutStep> Steps => [.. _steps];

    /// <summary>How long it has taken, in seconds.</summary>
    public double Seconds => Math.Round(run.Context.Time.GetElapsedTime(_start).TotalSeconds, 3);

    /// <summary>Makes a step of the change, and keeps what it was.</summary>
    public async Task StepAsync(string name, Func<Task<string>> body, IReadOnlyDictionary<string, string>? data = null)
    {
        long begun = run.Context.Time.GetTimestamp();
        string words = "";
        await run.StepAsync(name, async () => words = await body().ConfigureAwait(false), data).ConfigureAwait(false);
        if (words.Length == 0) return;
        run.Context.Reporter.Verbose(words);
        _steps.Add(new RolloutStep(name, words, run.Context.Time.GetUtcNow(),
            Math.Round(run.Context.Time.GetElapsedTime(begun).TotalSeconds, 3)));
    }
}
