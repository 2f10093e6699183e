using System.Runtime.CompilerServices;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Health;

/// <summary>How to watch.</summary>
public sealed record HealthWatchRequest
{
    /// <summary>Which checks.</summary>
    public HealthRequest Health { get; init; } = new();

    /// <summary>From the beginning of a round to that of the next; a round that takes longer delays it.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many rounds in a row must see a status before it counts.</summary>
    public int Damping { get; init; } = 2;

    /// <summary>Ends after so many rounds; null goes on until it is stopped.</summary>
    public int? Rounds { get; init; }

    /// <summary>Told of what is healthy from the beginning, which is no change.</summary>
    public Action<HealthResult>? WellFromTheBeginning { get; init; }
}

/// <summary>Looks at the health of an environment again and again, and tells what changes.</summary>
public sealed class HealthWatcher(OpsContext context)
{
    /// <summary>The changes. First comes what is not healthy at the beginning.</summary>
    /// <exception cref="OpsException">As <see cref="HealthTester"/>.</exception>
    public async IAsyncEnumerable<HealthChange> RunAsync(HealthWatchRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var memories = new Dictionary<(string, string), HealthMemory>();
        var tester = new HealthTester(context);
        for (int round = 1; ; round++)
        {
            long start = context.Time.GetTimestamp();
            var found = new Dictionary<(string Check, string Target), HealthResult>();
            await foreach (HealthResult result in tester.RunAsync(request.Health, cancellationToken).ConfigureAwait(false))
            {
                (string Check, string Target) key = (result.Check, result.Target);
                found[key] = result;
                if (!memories.TryGetValue(key, out HealthMemory? memory)) memories.Add(key, memory = new HealthMemory(request.Damping));
                bool known = memory.Known;
                if (memory.Take(result) is { } change) yield return change;
                else if (!known && memory.Known) request.WellFromTheBeginning?.Invoke(result);
            }
            foreach (((string Check, string Target) key, HealthMemory memory) in memories)
                if (memory.IsBad && !found.ContainsKey(key) && Gone(key, found.Values) is { } gone && memory.Take(gone)
                    is { } change) yield return change;
            if (round >= request.Rounds) yield break;
            TimeSpan left = request.Interval - context.Time.GetElapsedTime(start);
            if (left > TimeSpan.Zero) await Task.Delay(left, context.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// A check that tells only of what is wrong, such as a replica that is missing, says nothing when that is over. When nothing else of
    /// its
    /// kind kept it from looking, it is well again; null when it may not have looked.
    /// </summary>
    private static HealthResult? Gone((string Check, string Target) key, IEnumerable<HealthResult> found)
    {
        HealthResult[] beside = [.. found.Where(r => r.Target == key.Target && r.Check.Split('.')[0] == key.Check.Split('.')[0])];
        return beside.Length == 0 || beside.Any(r => r.Status != HealthStatus.Healthy && r.Check.EndsWith(".connect",
            StringComparison.Ordinal)) ? null
            : new HealthResult
            {
                Check = key.Check,
                Target = key.Target,
                Status = HealthStatus.Healthy,
                Message = "What was wrong is over.",
                Environment = beside[0].Environment,
                Time = beside[0].Time,
            };
    }
}
