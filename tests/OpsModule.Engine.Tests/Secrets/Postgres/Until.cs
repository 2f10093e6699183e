namespace OpsModule.Engine.Tests.Secrets.Postgres;

/// <summary>Waits for a condition, with a bound.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<Task<bool>> holds)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await holds()) await Task.Delay(50, bound.Token);
    }
}
