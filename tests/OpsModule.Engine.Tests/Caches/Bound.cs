using System.Diagnostics;

namespace OpsModule.Engine.Tests.Caches;

/// <summary>Waits for a condition, with a bound.</summary>
internal static class Bound
{
    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(60)) throw new TimeoutException("What was waited for has not come.");
            await Task.Delay(20);
        }
    }
}
