using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Schedules;

/// <summary>
/// One run of an entry: under its lock, from its beginning to its end in the journal. What the line is made of and who runs it is the
/// caller's affair.
/// </summary>
public sealed class ScheduledRun(OpsContext context)
{
    private const int Listed = 5;

    /// <summary>How the URL of <c>ping:</c> is asked.</summary>
    internal Func<ScheduleEntry, CancellationToken, Task>? Ping { get; init; }

    /// <summary>Runs the line, unless the run before is still under way.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="commands">The commands of its line, without what they are given.</param>
    /// <param name="line">Runs the line.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>ScheduleFailed</c>, and what the line throws; the journal has it.</exception>
    public async Task<ScheduleRunRecord> RunAsync(ScheduleEntry entry, IReadOnlyList<string> commands, Func<CancellationToken,
        Task<ScheduleLineOutcome>> line,
        CancellationToken cancellationToken)
    {
        DateTimeOffset started = context.Time.GetUtcNow();
        // Whoever runs it for the first time has seen it.
        _ = new ScheduleMemory(context).Since([entry]);
        IDisposable held;
        try { held = context.Locks.Acquire(entry.Target, ScheduleHistory.Action); }
        catch (OpsException e) when (e.ErrorId == "TargetLocked")
        {
            return new ScheduleRunRecord { Name = entry.Name, Outcome = ScheduleRunOutcome.Skipped, StartedAt = started,
                Message = $"Skipped, because the run before has not ended: {e.Message}" };
        }
        (string id, long results) = await RunHeldAsync(entry, commands, line, held, cancellationToken).ConfigureAwait(false);
        TimeSpan took = context.Time.GetUtcNow() - started;
        bool? pinged = await PingAsync(entry, cancellationToken).ConfigureAwait(false);
        return new ScheduleRunRecord
        {
            Name = entry.Name, Outcome = ScheduleRunOutcome.Completed, StartedAt = started, Duration = took, Results = results,
                Pinged = pinged, Change = id,
            Message = $"Ended well after {DurationText.Show(took)}" + (pinged is false ? "; the URL of ping: was not told." : "."),
        };
    }

    private async Task<(string Id, long Results)> RunHeldAsync(ScheduleEntry entry, IReadOnlyList<string> commands,
        Func<CancellationToken, Task<ScheduleLineOutcome>> line,
        IDisposable held, CancellationToken cancellationToken)
    {
        using IDisposable _ = held;
        await CloseKilledAsync(entry).ConfigureAwait(false);
        IJournaledChange change = await context.Journal.BeginAsync(ScheduleHistory.Action, entry.Target, new Dictionary<string, string>
        {
            [ScheduleHistory.At] = entry.At,
            // What they are given may hold what nobody should read.
            ["commands"] = string.Join(" ", commands),
        }).ConfigureAwait(false);
        await using (change.ConfigureAwait(false))
        {
            ScheduleLineOutcome outcome;
            try
            {
                outcome = await line(cancellationToken).ConfigureAwait(false);
                if (outcome.Problems.Count > 0) throw Failed(entry, outcome.Problems, change.Id);
            }
            catch (OperationCanceledException)
            {
                await change.FailAsync(
                    IJournaledChange.Cancelled, $"The run of {entry.Name} was stopped; what it had begun says in the journal how far "
                        + $"it came").ConfigureAwait(false);
                throw;
            }
            catch (Exception e)
            {
                await change.FailAsync((e as OpsException)?.ErrorId ?? ScheduleErrors.ScheduleFailed.Id, e.Message).ConfigureAwait(false);
                throw;
            }
            await change.CompleteAsync($"{outcome.Results} {(outcome.Results == 1 ? "result" : "results")}, none of them "
                + $"bad").ConfigureAwait(false);
            return (change.Id, outcome.Results);
        }
    }

    /// <summary>A run that was killed has no end; this one takes its place.</summary>
    private async Task CloseKilledAsync(ScheduleEntry entry)
    {
        foreach (UnfinishedChange killed in context.Journal.FindUnfinished(entry.Target).Where(c => c.Action == ScheduleHistory.Action))
        {
            IJournaledChange change = await context.Journal.ContinueAsync(killed).ConfigureAwait(false);
            await using (change.ConfigureAwait(false)) await change.FailAsync("Killed",
                "Its process was killed; the next run found that").ConfigureAwait(false);
        }
    }

    private async Task<bool?> PingAsync(ScheduleEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Ping is not { } url) return null;
        try
        {
            await (Ping?.Invoke(entry, cancellationToken) ?? new SchedulePing(url,
                context.Time).SendAsync(cancellationToken)).ConfigureAwait(false);
            return true;
        }
        catch (OpsException e)
        {
            context.Reporter.Warning($"{entry.Name} ended well. {e.Message} {e.RecommendedAction}");
            return false;
        }
        // Whatever it is: the run went well. Its text might name the URL.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            context.Reporter.Warning($"{entry.Name} ended well. The URL of ping: was not told of it: {e.GetType().Name}.");
            return false;
        }
    }

    private static OpsException Failed(ScheduleEntry entry, IReadOnlyList<string> problems, string change) =>
        ScheduleErrors.ScheduleFailed.Make(
        $"The run of {entry.Name} did not end well: "
            + string.Join("; ", problems.Take(Listed).Select(p => p.TrimEnd('.')))
            + (problems.Count > Listed ? $"; and {problems.Count - Listed} more." : "."),
        $"Each is an error of its own above. Get-OpsChange schedule/{entry.Name} -Last 3 tells how the runs before ended; run it anew "
            + $"with Invoke-OpsSchedule {entry.Name}.", change);
}
