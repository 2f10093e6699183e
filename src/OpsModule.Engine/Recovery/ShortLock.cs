using System.Diagnostics;
using Npgsql;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// Runs short transactions that take strong locks on live objects: never waiting so long that others queue up behind, trying again
/// with pauses until a deadline.
/// </summary>
internal static class ShortLock
{
    /// <summary>How long one attempt may wait for its locks. With what follows it stays below 250 ms.</summary>
    private const int WaitMilliseconds = 150;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Tries until the work was committed and returns how long its locks were held at most, or null when the deadline came first.
    /// </summary>
    /// <param name="connection">The connection to work on.</param>
    /// <param name="deadline">How long to try.</param>
    /// <param name="work">Takes the locks and does the work, in the transaction it finds open.</param>
    /// <param name="ct">Cancels.</param>
    public static async Task<TimeSpan?> RunAsync(NpgsqlConnection connection, TimeSpan deadline, Func<Task> work, CancellationToken ct)
    {
        long start = Stopwatch.GetTimestamp();
        for (TimeSpan pause = FirstPause; ; pause = pause * 1.5 < LongestPause ? pause * 1.5 : LongestPause)
        {
            long attempt = 0;
            try
            {
                await connection.ExecuteAsync($"BEGIN; SET LOCAL lock_timeout = {WaitMilliseconds}; SET LOCAL statement_timeout = {WaitMilliseconds};", ct)
                    .ConfigureAwait(false);
                attempt = Stopwatch.GetTimestamp();
                await work().ConfigureAwait(false);
                // From here on nothing is cancelled: the answer to a COMMIT must be known.
                await connection.ExecuteAsync("COMMIT", CancellationToken.None).ConfigureAwait(false);
                return Stopwatch.GetElapsedTime(attempt);
            }
            catch (PostgresException e) when (IsPassing(e) && !ct.IsCancellationRequested)
            {
                await connection.RollbackAsync().ConfigureAwait(false);
                if (Stopwatch.GetElapsedTime(start) + pause > deadline) return null;
            }
            catch
            {
                await connection.RollbackAsync().ConfigureAwait(false);
                throw;
            }
            await Task.Delay(pause * (0.75 + Random.Shared.NextDouble() / 2), ct).ConfigureAwait(false);
        }
    }

    private static bool IsPassing(PostgresException e) => e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled
        or PostgresErrorCodes.DeadlockDetected || (e.SqlState == PostgresErrorCodes.InternalError && e.MessageText.Contains("concurrently", StringComparison.Ordinal));
}
